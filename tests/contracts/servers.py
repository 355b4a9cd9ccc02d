"""Servers that misbehave on purpose: real sockets on loopback, each answering as its script says."""

from __future__ import annotations

import contextlib
import http.server
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Script = Callable[[socket.socket, bytes, "Server"], None]


@dataclass
class Server:
    """One listening socket; `heard` holds what each connection sent first, `over` is set when the test is done."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(script: Script, hello: bytes = b"") -> Iterator[Server]:
    """Run `script(connection, request, server)` for each request of each connection. With `hello`, a connection that
    begins with these bytes (a handshake) is not read as HTTP."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    server = Server(listener.getsockname()[1])

    def speak(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while not server.over.is_set() and (request := hear(connection, hello)):
                server.heard.append(request)
                script(connection, request, server)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=speak, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        listener.close()


def hear(connection: socket.socket, hello: bytes = b"") -> bytes:
    """One request with its body; empty where the other side is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
        if hello and data.startswith(hello):
            return data
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status: int = 200, body: bytes = b"{}", headers: str = "") -> bytes:
    return (f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n").encode() + body


# --- scripts -------------------------------------------------------------------------------------------------------


def says(data: bytes) -> Script:
    return lambda connection, request, server: connection.sendall(data)


def hangs(connection: socket.socket, request: bytes, server: Server) -> None:
    server.over.wait(20)


def resets(connection: socket.socket, request: bytes, server: Server) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drops(connection: socket.socket, request: bytes, server: Server) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def drips(data: bytes) -> Script:
    """A byte every 50 ms: no single wait is long, the whole is."""

    def script(connection: socket.socket, request: bytes, server: Server) -> None:
        for index in range(len(data)):
            connection.sendall(data[index : index + 1])
            if server.over.wait(0.05):
                return

    return script


@contextmanager
def pictures() -> Iterator[Callable[[bytes], str]]:
    """A server of pictures: call it with bytes, get the public address a network fetches them from."""
    held: dict[str, bytes] = {}

    class Shelf(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = held.get(self.path, b"")
            self.send_response(200 if data else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()

    def put(data: bytes) -> str:
        path = f"/{len(held)}.jpg"
        held[path] = data
        return f"http://127.0.0.1:{server.server_port}{path}"

    try:
        yield put
    finally:
        server.shutdown()
        server.server_close()
