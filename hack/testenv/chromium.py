"""A headless Chromium, driven by the DevTools protocol over a pair of pipes: no port, no library."""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile

TIMEOUT_SECONDS = 30


class Chromium:
    """One browser with one page. Use as a context manager."""

    def __init__(self):
        binary = shutil.which("chromium")
        if binary is None:
            raise RuntimeError("chromium is not installed; run hack/install.sh chromium")
        self.folder = tempfile.mkdtemp(prefix="bursar-chromium-")
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        # The browser reads commands from its descriptor 3 and answers on 4.
        command = (f"exec {binary} --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --hide-scrollbars "
                   f"--remote-debugging-pipe --user-data-dir={self.folder} about:blank 3<&{to_read} 4>&{from_write}")
        self.process = subprocess.Popen(["bash", "-c", command], pass_fds=(to_read, from_write),
                                        start_new_session=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.commands = os.fdopen(to_write, "wb", buffering=0)
        self.answers = from_read
        self.unread = b""
        self.number = 0
        self.session = None
        self.events = []
        signal.signal(signal.SIGALRM, self._give_up)
        targets = self.call("Target.getTargets")["targetInfos"]
        target = next(info["targetId"] for info in targets if info["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.commands.close()
        os.close(self.answers)
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _give_up(*_):
        raise TimeoutError(f"Chromium did not answer within {TIMEOUT_SECONDS} s")

    def _read(self):
        while b"\0" not in self.unread:
            some = os.read(self.answers, 1 << 16)
            if not some:
                raise RuntimeError("Chromium ended")
            self.unread += some
        message, _, self.unread = self.unread.partition(b"\0")
        return json.loads(message)

    def _wait(self, wanted):
        """The first message that is wanted; events before it are kept."""
        signal.alarm(TIMEOUT_SECONDS)
        try:
            while True:
                message = self._read()
                if "method" in message:
                    self.events.append(message)
                if wanted(message):
                    return message
        finally:
            signal.alarm(0)

    def call(self, method, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        self.commands.write(json.dumps(command).encode() + b"\0")
        answer = self._wait(lambda message: message.get("id") == self.number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def open(self, url):
        """Loads a page; events of it, and none of an earlier one, are in `events`."""
        self.events = []
        self.call("Page.navigate", url=url)
        if not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._wait(lambda message: message.get("method") == "Page.loadEventFired")

    def show(self, width, scheme="light", media="", height=900, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", "failed"))
        return answer["result"].get("value")

    def picture(self, whole_page=True):
        """PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole_page)["data"])

    def printed(self):
        """PDF, as it comes out of a printer."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True)["data"])
