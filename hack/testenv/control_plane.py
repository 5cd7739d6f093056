"""etcd, kube-apiserver with RBAC, kube-controller-manager, and kubectl for them."""

import base64
import json
import pathlib
import ssl
import subprocess
import time

from testenv.helm import REPOSITORY, Helm
from testenv.pki import Authority
from testenv.processes import Process, free_port, http_ok

OPERATOR_NAMESPACE = "bursar-system"


class KubectlError(RuntimeError):
    """kubectl refused; the message is what it printed."""


class ControlPlane:
    """With `audit` the API server writes who asked for what to `audit_log`, a JSON object a line."""

    def __init__(self, binaries, folder, audit=False):
        self.binaries = binaries
        self.audit_log = folder / "audit.log" if audit else None
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.authority = Authority(folder / "pki")
        self.kubeconfig = folder / "kubeconfig"
        self.etcd_port, self.etcd_peer_port = free_port(), free_port()
        self.api_port, self.manager_port = free_port(), free_port()
        self.processes = []
        self.api_server = None

    def start(self, controller_manager=True):
        self._start_etcd()
        self._start_api_server()
        if controller_manager:
            self._start_controller_manager()
        return self

    def stop(self):
        for process in reversed(self.processes):
            process.stop()

    # Parts

    def _add(self, process):
        self.processes.append(process)
        return process.start()

    def _start_etcd(self):
        client = f"http://127.0.0.1:{self.etcd_port}"
        peer = f"http://127.0.0.1:{self.etcd_peer_port}"
        self._add(Process(
            "etcd",
            [self.binaries["etcd"], "--data-dir", self.folder / "etcd", "--listen-client-urls", client,
             "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
             "--initial-cluster", f"default={peer}", "--unsafe-no-fsync", "--log-level", "warn"],
            self.logs, lambda: http_ok(self.etcd_port, "/health")))

    def _start_api_server(self):
        certificate, key = self.authority.issue(
            "apiserver", "/CN=kube-apiserver",
            ["DNS:localhost", "DNS:kubernetes", "DNS:kubernetes.default.svc", "IP:127.0.0.1"])
        private, public = self.authority.signing_key("service-accounts")
        self.write_kubeconfig(self.kubeconfig, *self.authority.issue("admin", "/O=system:masters/CN=admin"))
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        context.load_cert_chain(self.folder / "pki" / "admin.crt", self.folder / "pki" / "admin.key")
        self.api_server = self._add(Process(
            "kube-apiserver",
            [self.binaries["kube-apiserver"], f"--etcd-servers=http://127.0.0.1:{self.etcd_port}",
             "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--secure-port={self.api_port}",
             f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
             f"--client-ca-file={self.authority.certificate}", "--authorization-mode=RBAC", "--anonymous-auth=false",
             "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={public}",
             f"--service-account-signing-key-file={private}", "--service-cluster-ip-range=10.0.0.0/24",
             "--endpoint-reconciler-type=none", "--watch-cache=true", "--v=1", *self._audit_flags()],
            self.logs, lambda: http_ok(self.api_port, "/readyz", context)))

    def _audit_flags(self):
        if self.audit_log is None:
            return []
        policy = self.folder / "audit-policy.yaml"
        policy.write_text("apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n")
        return [f"--audit-policy-file={policy}", f"--audit-log-path={self.audit_log}"]

    def _start_controller_manager(self):
        kubeconfig = self.folder / "controller-manager.kubeconfig"
        self.write_kubeconfig(kubeconfig, *self.authority.issue(
            "controller-manager", "/O=system:masters/CN=system:kube-controller-manager"))
        self._add(Process(
            "kube-controller-manager",
            [self.binaries["kube-controller-manager"], f"--kubeconfig={kubeconfig}", "--bind-address=127.0.0.1",
             f"--secure-port={self.manager_port}", "--leader-elect=false",
             f"--authentication-kubeconfig={kubeconfig}", f"--authorization-kubeconfig={kubeconfig}",
             "--authorization-always-allow-paths=/healthz",
             "--controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller,"
             "clusterrole-aggregation-controller"],
            self.logs, lambda: http_ok(self.manager_port, "/healthz", _unverified())))

    def restart_api_server(self):
        self.api_server.stop()
        self.api_server.start()
        # A new API server may miss the parameter of the admission policy for half a minute, and refuses TeamQuotas then.
        self._wait_admission()

    # Clients

    @property
    def url(self):
        return f"https://127.0.0.1:{self.api_port}"

    def write_kubeconfig(self, path, certificate, key):
        self._write_kubeconfig(path, {
            "client-certificate-data": base64.b64encode(certificate.read_bytes()).decode(),
            "client-key-data": base64.b64encode(key.read_bytes()).decode()})

    def write_kubeconfig_of_files(self, path, certificate, key):
        """As above, but it names the files, which may be replaced."""
        self._write_kubeconfig(path, {"client-certificate": str(certificate), "client-key": str(key)})

    def _write_kubeconfig(self, path, user, url=None):
        authority = base64.b64encode(self.authority.certificate.read_bytes()).decode()
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "testenv",
            "clusters": [{"name": "testenv", "cluster": {"server": url or self.url, "certificate-authority-data": authority}}],
            "users": [{"name": "user", "user": user}],
            "contexts": [{"name": "testenv", "context": {"cluster": "testenv", "user": "user"}}]}, indent=2))
        path.chmod(0o600)

    def service_account_kubeconfig(self, account, namespace=OPERATOR_NAMESPACE, url=None):
        """A kubeconfig with a real service account token in a file beside it, as a pod would have. `url` is where the API
        server is said to be, where that is not where it is."""
        self.write_token(account, namespace)
        path = self.folder / f"{account}.kubeconfig"
        self._write_kubeconfig(path, {"tokenFile": str(self._token_file(account))}, url)
        return path

    def write_token(self, account, namespace=OPERATOR_NAMESPACE, secret=None):
        """A new token into the account's file; the API server refuses it as soon as `secret` is deleted."""
        bound = ["--bound-object-kind=Secret", f"--bound-object-name={secret}"] if secret else []
        token = self.kubectl("create", "token", account, "-n", namespace, "--duration=4h", *bound)
        fresh = self.folder / f"{account}.token.new"
        fresh.write_text(token)
        fresh.chmod(0o600)
        fresh.replace(self._token_file(account))  # as a kubelet does: a reader sees the old one or the new one

    def _token_file(self, account):
        return self.folder / f"{account}.token"

    def kubectl(self, *arguments, stdin=None, kubeconfig=None):
        command = [str(self.binaries["kubectl"]), "--kubeconfig", str(kubeconfig or self.kubeconfig), *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise KubectlError((done.stderr or done.stdout).strip())
        return done.stdout

    def helm(self, kubeconfig=None):
        return Helm(self.binaries["helm"], self.folder, kubeconfig or self.kubeconfig)

    def get(self, *arguments):
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def apply(self, manifest):
        """Applies a manifest: a path, or an object (or list of objects) as Python values."""
        if isinstance(manifest, (str, pathlib.Path)):
            return self.kubectl("apply", "-f", manifest)
        items = manifest if isinstance(manifest, list) else [manifest]
        return self.kubectl("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))

    def install_bursar(self):
        """The CRDs, the admission policy, the operator's namespace; its accounts and roles as the chart has them."""
        plurals = ("allocationpolicies", "teamquotas", "burstloans")
        for plural in plurals:
            self.kubectl("apply", "--server-side", "-f", REPOSITORY / "crds" / f"{plural}.yaml")
        self.wait_established(*(f"crd/{plural}.bursar.dev" for plural in plurals))
        self._wait_served(plurals)
        self.kubectl("apply", "-f", REPOSITORY / "crds" / "admission.yaml")
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OPERATOR_NAMESPACE}})
        self.kubectl("apply", "-f", "-", stdin=self.helm().template(
            *(f"--show-only=templates/{name}.yaml" for name in ("accounts", "operator-rbac", "sync-limits-rbac"))))
        self._wait_admission()

    def wait_established(self, *crds, timeout=60):
        """`kubectl wait` gives up on a CRD that has no condition at all yet, so it is asked again."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.kubectl("wait", "--for=condition=Established", f"--timeout={timeout}s", *crds)
            except KubectlError as problem:
                if "accessor error" not in str(problem) or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def _wait_served(self, plurals, timeout=30):
        """Discovery must know the resources before an admission policy names one as its parameter: the API server
        looks it up once and keeps a miss for half a minute."""
        deadline = time.monotonic() + timeout
        while True:
            listed = self.kubectl("api-resources", "--api-group=bursar.dev", "-o", "name").split()
            if set(f"{plural}.bursar.dev" for plural in plurals) <= set(listed):
                return
            if time.monotonic() > deadline:
                raise KubectlError("the API server does not serve bursar.dev")
            time.sleep(0.1)

    def _wait_admission(self, timeout=60):
        """Until the admission policy refuses what it must."""
        wrong = {"apiVersion": "bursar.dev/v1alpha1", "kind": "TeamQuota",
                 "metadata": {"name": "probe", "namespace": OPERATOR_NAMESPACE},
                 "spec": {"policy": "probe", "team": "somebody-else", "requests": [{"pool": "chat", "forecast": 1}]}}
        policy = {"apiVersion": "bursar.dev/v1alpha1", "kind": "AllocationPolicy", "metadata": {"name": "probe"},
                  "spec": {"period": "Month",
                           "pools": [{"name": "chat", "models": ["*"], "window": "Day", "tokensPerWindow": 1}]}}
        self.apply(policy)
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.kubectl("apply", "--dry-run=server", "-f", "-", stdin=json.dumps(wrong))
            except KubectlError as refusal:
                if "speaks for team" in str(refusal):
                    break
            if time.monotonic() > deadline:
                raise KubectlError("the admission policy is not in force")
            time.sleep(0.1)
        self.kubectl("delete", "allocationpolicy", "probe")


def _unverified():
    """The controller manager serves its health with a certificate it made itself; only its /healthz is asked."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
