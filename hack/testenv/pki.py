"""A certificate authority for one environment, by the openssl command."""

import subprocess


class Authority:
    def __init__(self, folder, name="bursar-testenv"):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate = folder / "ca.crt"
        self.key = folder / "ca.key"
        if not self.certificate.exists():
            self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                      "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    @staticmethod
    def _run(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def issue(self, name, subject, sans=None, days=2, seconds=None):
        """Certificate and key for `subject` (/O=…/CN=…). With `sans` a server's, without a client's. With `days` below 0 it
        has expired; with `seconds` it is good for so long instead."""
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        usage = "serverAuth" if sans else "clientAuth"
        lines = [f"extendedKeyUsage={usage}", "basicConstraints=CA:FALSE", "keyUsage=digitalSignature"]
        if sans:
            lines.append("subjectAltName=" + ",".join(sans))
        extensions.write_text("\n".join(lines) + "\n")
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
                  "-keyout", key, "-out", request)
        signing = ["x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                   "-extfile", extensions, "-out", certificate]
        if seconds is None:
            self._run(*signing, "-days", days)
        else:  # openssl counts in days only, so it is signed as of a day ago
            subprocess.run(["faketime", "-f", f"{seconds - 86_400:+d}s", "openssl", *map(str, signing), "-days", "1"],
                           check=True, capture_output=True)
        key.chmod(0o600)
        return certificate, key

    def signing_key(self, name):
        """An RSA key pair for service account tokens: (private, public)."""
        private, public = self.folder / f"{name}.key", self.folder / f"{name}.pub"
        if not private.exists():
            self._run("genrsa", "-out", private, "2048")
            self._run("rsa", "-in", private, "-pubout", "-out", public)
        return private, public
