"""Where the chaos suite's objects are, and what brings them to what is wanted of them."""

import threading

from testenv.api import BURSAR, ApiError

POLICIES = f"{BURSAR}/allocationpolicies"
NAMESPACE = "/api/v1/namespaces/bursar-system"
CONFIG_MAPS = f"{NAMESPACE}/configmaps"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/bursar-system/leases/bursar"


def quotas(namespace):
    return f"{BURSAR}/namespaces/{namespace}/teamquotas"


def loans(namespace):
    return f"{BURSAR}/namespaces/{namespace}/burstloans"


class Writer:
    """Brings objects to what is wanted of them, however often the API server is away; the latest wish counts.

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
