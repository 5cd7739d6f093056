"""A proxy that misbehaves on demand, between a client of ours and one server: the API server (TLS) or Prometheus (HTTP).

It passes requests and answers on as they are until a fault applies to one; faults are exchanged while it runs. It stands
for a network, a load balancer or a server in trouble: what the real part can be made to do itself is done to that.
"""

import asyncio
import dataclasses
import email.utils
import json
import re
import ssl
import threading
import typing

from testenv.processes import free_port

HEAD_LIMIT = 64 << 10  # bytes of a request's or an answer's head
CHUNK = 64 << 10


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens to requests whose `METHOD path` matches. Exactly one of the kinds below."""

    match: str = ""            # a regular expression, searched
    delay: float = 0           # seconds until the request is passed on
    hang: bool = False         # nothing comes, neither an answer nor the rest of one, until the fault is gone
    status: int = 0            # answered by the proxy, with `headers` and `body`
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    endless: bytes = b""       # an answer of this again and again, `times` times, without saying how long it will be
    times: int = 0
    drip: float = 0            # seconds between two bytes of an answer that goes on as long as the fault
    cut: int = -1              # the connection breaks after so many bytes of the answer's body
    rewrite: typing.Callable = None  # the answer's body is what this makes of it
    date: float = 0            # seconds that the server's clock seems to be ahead of what it is

    def applies(self, request):
        return re.search(self.match, request) is not None


def refused(code, reason, message, retry_after=None, match=""):
    """A refusal as the API server sends it."""
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}
    headers = {"Content-Type": "application/json"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Fault(match, status=code, headers=headers, body=json.dumps(status).encode())


def gone_in_watch():
    """A watch that begins well, and whose first line says that its resourceVersion is too old."""
    line = {"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired",
                                        "message": "too old resource version", "code": 410}}
    return Fault("watch=true", status=200, headers={"Content-Type": "application/json"},
                 body=json.dumps(line).encode() + b"\n")


class Broken(Exception):
    """The exchange ends here, and its connections with it."""


class FaultProxy:
    """Listens on a loopback port of its own; its event loop has a thread of its own. With `certificate` (a pair of PEM
    files) it serves TLS and speaks TLS to the server, which must be signed by `authority`."""

    def __init__(self, server_port, certificate=None, authority=None):
        self.server_port = server_port
        self.port = free_port()
        self.listening, self.towards_server = None, None
        if certificate:
            self.listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.listening.load_cert_chain(*certificate)
            self.towards_server = ssl.create_default_context(cafile=str(authority))
        self.faults = []
        self.requests = []  # `METHOD path`, in order
        self.connections = set()
        self.changed = None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def start(self):
        self.thread.start()
        self._call(self._listen())
        return self

    def stop(self):
        self._call(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def set(self, *faults):
        """From now on these apply, the first that matches, also to what is under way."""
        self._call(self._set(list(faults)))

    def clear(self):
        self.set()

    def cut_all(self):
        """Breaks every connection, as if the server were killed."""
        self._call(self._cut_all())

    def serve_certificate(self, certificate):
        """Serves this certificate to new connections and breaks the existing ones."""
        self.listening.load_cert_chain(*certificate)
        self.cut_all()

    def count(self, match):
        """How many requests matched so far."""
        return sum(1 for request in list(self.requests) if re.search(match, request))

    # On the loop

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    async def _listen(self):
        self.changed = asyncio.Condition()
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.listening, limit=HEAD_LIMIT)

    async def _close(self):
        self.server.close()
        await self._cut_all()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _set(self, faults):
        self.faults = faults
        async with self.changed:
            self.changed.notify_all()

    async def _cut_all(self):
        for writer in list(self.connections):
            writer.transport.abort()

    def _fault_of(self, request):
        return next((fault for fault in self.faults if fault.applies(request)), None)

    async def _until_gone(self, request, kind):
        """Waits until no fault of that kind applies."""
        async with self.changed:
            await self.changed.wait_for(lambda: not kind(self._fault_of(request) or Fault()))

    async def _serve(self, reader, writer):
        self.connections.add(writer)
        writer.transport.set_write_buffer_limits(1)  # what was drained is on its way
        server = None
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
                request = " ".join(head.split(b"\r\n", 1)[0].decode("latin-1").split()[:2])
                self.requests.append(request)
                fault = self._fault_of(request) or Fault()
                if await self._answer_itself(fault, request, writer):
                    continue
                if server is None:
                    server = await asyncio.open_connection("127.0.0.1", self.server_port, ssl=self.towards_server,
                                                           limit=HEAD_LIMIT)
                    self.connections.add(server[1])
                server[1].write(head + body)
                await server[1].drain()
                if not await self._relay(fault, request, server[0], writer):
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError, Broken):
            pass  # either end is gone, or this proxy is
        finally:
            for end in [writer] + ([server[1]] if server else []):
                self.connections.discard(end)
                end.transport.abort()

    async def _answer_itself(self, fault, request, writer):
        """True if the proxy answered the request itself."""
        if fault.hang:
            await self._until_gone(request, lambda now: now.hang)
            raise Broken
        await asyncio.sleep(fault.delay)
        if fault.status:
            headers = dict({"Content-Length": len(fault.body)}, **fault.headers)
            writer.write(_head(fault.status, headers) + fault.body)
        elif fault.endless:
            writer.write(_head(200, {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}))
            for _ in range(fault.times):
                writer.write(_chunk(fault.endless))
                await writer.drain()
            writer.write(_chunk(b""))
        elif fault.drip:
            writer.write(_head(200, {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}))
            while self._fault_of(request) == fault:
                writer.write(_chunk(b" "))
                await writer.drain()
                await asyncio.sleep(fault.drip)
            raise Broken
        else:
            return False
        await writer.drain()
        return True

    async def _relay(self, fault, request, server, writer):
        """The server's answer, as it comes in. False where the connection cannot be used again."""
        head = await server.readuntil(b"\r\n\r\n")
        if fault.rewrite:
            body = fault.rewrite(b"".join([piece async for piece in _body(head, server)]))
            writer.write(_head(200, {"Content-Length": len(body), "Content-Type": "application/json"}) + body)
            await writer.drain()
            return True
        writer.write(_dated(head, fault.date))
        passed = 0
        chunked = _is_chunked(head)
        async for piece in _body(head, server):
            if (self._fault_of(request) or Fault()).hang:
                await self._until_gone(request, lambda now: now.hang)
                raise Broken
            if fault.cut >= 0:
                piece = piece[:fault.cut - passed]
            passed += len(piece)
            writer.write(_chunk(piece) if chunked and piece else piece)
            await writer.drain()
            if passed == fault.cut:
                raise Broken
        if chunked:
            writer.write(_chunk(b""))
        await writer.drain()
        return b"connection: close" not in head.lower()


def _head(status, headers):
    lines = [f"HTTP/1.1 {status} Injected"] + [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _dated(head, ahead):
    """The head, with its Date moved by that many seconds."""
    if not ahead:
        return head
    return re.sub(rb"(?<=\r\nDate: )[^\r]*", lambda found: email.utils.formatdate(
        email.utils.parsedate_to_datetime(found[0].decode()).timestamp() + ahead, usegmt=True).encode(), head)


def _chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def _length(head):
    found = re.search(rb"\r\ncontent-length:\s*(\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0


def _is_chunked(head):
    return re.search(rb"\r\ntransfer-encoding:\s*chunked", head, re.IGNORECASE) is not None


async def _body(head, reader):
    """The body in pieces, without their framing."""
    if not _is_chunked(head):
        left = _length(head)
        while left > 0:
            piece = await reader.read(min(left, CHUNK))
            if not piece:
                raise asyncio.IncompleteReadError(b"", left)
            left -= len(piece)
            yield piece
        return
    while True:
        size = int((await reader.readline()).split(b";")[0] or b"0", 16)
        piece = await reader.readexactly(size + 2)
        if size == 0:
            return
        yield piece[:-2]
