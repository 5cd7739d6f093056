"""A small client of the API server for the chaos suite: kubectl costs a third of a second of processor time a call."""

import http.client
import json
import ssl
import threading

BURSAR = "/apis/bursar.dev/v1alpha1"
POLICIES = f"{BURSAR}/allocationpolicies"
NAMESPACE = "/api/v1/namespaces/bursar-system"
CONFIG_MAPS = f"{NAMESPACE}/configmaps"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/bursar-system/leases/bursar"
MANAGER = "chaos"


class ApiError(RuntimeError):
    """The API server refused (`code` is the HTTP status) or did not answer (`code` is 0)."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def quotas(namespace):
    return f"{BURSAR}/namespaces/{namespace}/teamquotas"


def loans(namespace):
    return f"{BURSAR}/namespaces/{namespace}/burstloans"


class Api:
    """One connection per call, because the API server is restarted and cut off all the time. Thread-safe."""

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
        """False if there is no such object."""
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


class Writer:
    """Brings objects to their wanted state, however often the API server is away; the latest wish counts.

    `wish(path, manifest)` wants an object; with None instead of a manifest, that there is none: `path` is then its own."""

    def __init__(self, api, on_answer):
        self.api = api
        self.on_answer = on_answer  # called with (path, object) of each answer
        self.lock = threading.Lock()
        self.wishes = {}
        self.wake = threading.Event()
        self.stopping = threading.Event()
        self.refused = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def wish(self, path, manifest, name=None):
        name = name or manifest["metadata"]["name"]
        with self.lock:
            self.wishes[path, name] = manifest
        self.wake.set()

    def pending(self):
        with self.lock:
            return len(self.wishes)

    def stop(self):
        self.stopping.set()
        self.wake.set()
        self.thread.join()

    def _run(self):
        while not self.stopping.is_set():
            self.wake.wait(0.5)
            self.wake.clear()
            with self.lock:
                wishes = list(self.wishes.items())
            for key, manifest in wishes:
                if self._fulfil(*key, manifest):
                    with self.lock:
                        if self.wishes.get(key) is manifest:
                            del self.wishes[key]

    def _fulfil(self, path, name, manifest):
        try:
            if manifest is None:
                self.api.delete(f"{path}/{name}")
            else:
                self.on_answer(path, self.api.apply(path, manifest))
            return True
        except ApiError as error:
            # An API server that has just started refuses TeamQuotas until it knows the admission policy's parameters.
            if error.code in (400, 422) and "failed to configure" not in str(error):
                self.refused.append(str(error))
                return True
            return False
