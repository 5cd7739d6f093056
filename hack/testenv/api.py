"""A small client of the API server, as an administrator: kubectl costs a third of a second of processor time a call."""

import argparse
import http.client
import json
import ssl
import urllib.parse

MANAGER = "testenv"
BURSAR = "/apis/bursar.dev/v1alpha1"
# What `kubectl get` calls it: where it is, its plural, whether it is in a namespace.
KINDS = {
    **dict.fromkeys(("allocationpolicy", "allocationpolicies", "apol"), (BURSAR, "allocationpolicies", False)),
    **dict.fromkeys(("teamquota", "tq"), (BURSAR, "teamquotas", True)),
    "burstloan": (BURSAR, "burstloans", True),
    "configmap": ("/api/v1", "configmaps", True),
    "events": ("/api/v1", "events", True),
    "namespaces": ("/api/v1", "namespaces", False),
    "lease": ("/apis/coordination.k8s.io/v1", "leases", True),
    "deployment": ("/apis/apps/v1", "deployments", True),
    "role": ("/apis/rbac.authorization.k8s.io/v1", "roles", True),
    "clusterrole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles", False),
    "crd": ("/apis/apiextensions.k8s.io/v1", "customresourcedefinitions", False),
}


class ApiError(RuntimeError):
    """The API server refused (`code` is the HTTP status) or did not answer (`code` is 0)."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def path_of(*arguments):
    """The path that `kubectl get ARGUMENTS` asks for: KIND [NAME] [-n NAMESPACE | -A] [-l SELECTOR]."""
    parser = argparse.ArgumentParser(prog="get", exit_on_error=False)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("name", nargs="?")
    parser.add_argument("-n", "--namespace", default="default")
    parser.add_argument("-A", "--all-namespaces", action="store_true")
    parser.add_argument("-l", "--selector")
    given = parser.parse_intermixed_args([str(argument) for argument in arguments])
    prefix, plural, namespaced = KINDS[given.kind]
    parts = [prefix]
    if namespaced and not given.all_namespaces:
        parts.append(f"namespaces/{given.namespace}")
    parts.append(plural)
    if given.name:
        parts.append(given.name)
    return "/".join(parts) + (f"?labelSelector={urllib.parse.quote(given.selector)}" if given.selector else "")


class Api:
    """One connection a call: what is restarted and cut all the time is not worth keeping one. Thread-safe."""

    def __init__(self, plane, timeout=5):
        self.port = plane.api_port
        self.timeout = timeout
        self.context = ssl.create_default_context(cafile=str(plane.authority.certificate))
        self.context.load_cert_chain(plane.folder / "pki" / "admin.crt", plane.folder / "pki" / "admin.key")

    def _send(self, method, path, body=None, content_type="application/json", timeout=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout or self.timeout,
                                                 context=self.context)
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": content_type})
            answer = connection.getresponse()
            if answer.status >= 300:
                raise ApiError(answer.status, answer.read().decode(errors="replace"))
            return connection, answer
        except (OSError, http.client.HTTPException) as problem:
            connection.close()
            raise ApiError(0, f"{method} {path}: {problem}") from problem
        except ApiError:
            connection.close()
            raise

    def _ask(self, *arguments):
        connection, answer = self._send(*arguments)
        try:
            return json.loads(answer.read())
        except (OSError, ValueError, http.client.HTTPException) as problem:
            raise ApiError(0, str(problem)) from problem
        finally:
            connection.close()

    def get(self, path):
        return self._ask("GET", path)

    def apply(self, path, manifest):
        """Server-side apply; `path` is the collection's."""
        name = manifest["metadata"]["name"]
        return self._ask("PATCH", f"{path}/{name}?fieldManager={MANAGER}&force=true", manifest,
                         "application/apply-patch+yaml")

    def merge(self, path, patch):
        return self._ask("PATCH", path, patch, "application/merge-patch+json")

    def delete(self, path):
        """False where there is nothing of the name."""
        try:
            self._ask("DELETE", path)
            return True
        except ApiError as error:
            if error.code == 404:
                return False
            raise

    def watch(self, path, selector, see, stop):
        """Calls see(object, deleted) for everything there is and every version that comes, until `stop` is set. What
        happens while the API server is away is seen by what is there afterwards: see(None, False) begins each list."""
        while not stop.is_set():
            try:
                self._watch_once(path, selector, see, stop)
            except (ApiError, OSError, ValueError, http.client.HTTPException):
                stop.wait(0.1)

    def _watch_once(self, path, selector, see, stop):
        listed = self.get(f"{path}?labelSelector={selector}")
        see(None, False)
        for item in listed["items"]:
            see(item, False)
        version = listed["metadata"]["resourceVersion"]
        connection, answer = self._send("GET", f"{path}?labelSelector={selector}&watch=1&resourceVersion={version}"
                                               "&timeoutSeconds=60", None, "application/json", 65)
        try:
            while not stop.is_set():
                line = answer.readline()
                if not line:
                    return
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                see(event["object"], event["type"] == "DELETED")
        finally:
            connection.close()
