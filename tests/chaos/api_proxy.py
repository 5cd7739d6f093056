"""A proxy between one client and the API server, to cut, to stall, and to kill at a chosen request.

It ends TLS on both sides with certificates of the test's authority, so it knows each request before the API server does.
Runs in a thread of its own; the methods may be called from any.
"""

import asyncio
import json
import pathlib
import ssl
import threading

CHUNK = 1 << 16


class ApiProxy:
    """`on_request(method, path, answered)` is called in the proxy's thread before each request is sent on (False) and when
    its answer begins to come, before that is passed on (True). What it is true for goes no further."""

    def __init__(self, plane, port, on_request=None):
        self.api_port = plane.api_port
        self.port = port
        self.on_request = on_request
        certificate, key = plane.authority.issue(f"proxy-{port}", "/CN=proxy", ["DNS:localhost", "IP:127.0.0.1"])
        self.server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server_context.load_cert_chain(certificate, key)
        self.client_context = ssl.create_default_context(cafile=str(plane.authority.certificate))
        self.loop = asyncio.new_event_loop()
        self.refusing = False
        self.open_gate = None
        self.transports = set()
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        started.wait()

    def kubeconfig(self, of, path):
        """Writes a copy of a kubeconfig that goes through this proxy."""
        config = json.loads(pathlib.Path(of).read_text())
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{self.port}"
        path.write_text(json.dumps(config))
        path.chmod(0o600)
        return path

    # Faults

    def cut(self):
        """Resets every connection; new ones pass."""
        self.loop.call_soon_threadsafe(self._cut)

    def refuse(self, refusing):
        """Simulates a network partition: resets existing and new connections."""
        self.refusing = refusing
        self.cut()

    def stall(self, stalled):
        """Simulates an API server that hangs: connections stay open, and no data passes."""
        self.loop.call_soon_threadsafe(self.open_gate.clear if stalled else self.open_gate.set)

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)

    # The proxy's thread

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(lambda *_: None)  # connections that end in the middle are what this is for
        self.loop.run_until_complete(self._listen())
        started.set()
        self.loop.run_forever()

    async def _listen(self):
        self.open_gate = asyncio.Event()
        self.open_gate.set()
        await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.server_context)

    def _cut(self):
        for transport in list(self.transports):
            transport.abort()

    async def _serve(self, reader, writer):
        if self.refusing:
            writer.transport.abort()
            return
        asked = []  # requests whose answer has not begun
        try:
            api_reader, api_writer = await asyncio.open_connection("127.0.0.1", self.api_port, ssl=self.client_context,
                                                                   server_hostname="localhost")
        except OSError:
            writer.transport.abort()
            return
        ends = {writer.transport, api_writer.transport}
        self.transports |= ends
        both = [asyncio.ensure_future(self._requests(reader, api_writer, asked)),
                asyncio.ensure_future(self._answers(api_reader, writer, asked))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            self.transports -= ends
            for transport in ends:
                transport.abort()

    async def _requests(self, reader, api_writer, asked):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            method, path = head.split(b" ", 2)[:2]
            request = method.decode(), path.decode()
            await self.open_gate.wait()
            if api_writer.is_closing() or (self.on_request and self.on_request(*request, False)):
                return
            asked.append(request)
            api_writer.write(head)
            left = _content_length(head)
            while left > 0:
                body = await reader.read(min(left, CHUNK))
                if not body:
                    return
                left -= len(body)
                api_writer.write(body)
            await api_writer.drain()

    async def _answers(self, api_reader, writer, asked):
        while data := await api_reader.read(CHUNK):
            await self.open_gate.wait()
            if writer.is_closing() or (asked and self.on_request and self.on_request(*asked[0], True)):
                return
            asked.clear()  # one request at a time on a connection
            writer.write(data)
            await writer.drain()


def _content_length(head):
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    return 0
