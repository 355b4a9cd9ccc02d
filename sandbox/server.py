"""The one process: takes requests, finds the twin of the network by the first path segment, lets faults act.

A request travels: read whole -> the twin plans it (what kind of request, which handler) -> a fault may be chosen ->
latency -> the handler changes the book -> the journal is written -> the answer goes out. Handlers are plain functions
unless they fetch a picture, so nothing interleaves inside one.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import socket
import struct
import time
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from . import control, pages
from .book import Book
from .facebook import Facebook
from .faults import Fault, Faults
from .instagram import Instagram
from .linkedin import LinkedIn
from .oauth import OAuth
from .requestlog import RequestLog
from .twitter import Twitter
from .wire import MAX_BODY, VISIBLE, Call, Refusal, Reply
from .world import World

Handler = Callable[[Call], "Reply | Awaitable[Reply]"]
GARBAGE = b'{"id": "17\xff\xfe<!doctype html><title>502'


class Sandbox:
    """Everything that lives in the process: the book, the faults, the log and the twins."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.secret = secret
        folder.mkdir(parents=True, exist_ok=True)
        self.book = Book(folder)
        self.faults = Faults(self.book)
        self.log = RequestLog(folder)
        self.world = World(self.book)
        self.world.seed()
        self.http: aiohttp.ClientSession | None = None
        self.oauth = OAuth(self)
        self.twins = {
            "facebook": Facebook(self), "instagram": Instagram(self), "twitter": Twitter(self),
            "linkedin": LinkedIn(self),
        }
        self._tasks: set[asyncio.Task[Any]] = set()

    async def fetch(self, url: str, *, seconds: float, max_bytes: int) -> bytes:
        """The bytes at an address, as a network fetches a picture. Raises OSError, TimeoutError or ValueError."""
        if self.http is None:
            self.http = aiohttp.ClientSession(auto_decompress=True)
        timeout = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self.http.get(url, timeout=timeout, headers={"User-Agent": "facebookexternalhit/1.1"}) as answer:
                if answer.status != 200:
                    raise ValueError(f"status {answer.status}")
                data = await answer.content.read(max_bytes + 1)
                while len(data) <= max_bytes and (more := await answer.content.read(max_bytes + 1 - len(data))):
                    data += more
                return data
        except aiohttp.InvalidURL as error:
            raise ValueError("not an address") from error
        except aiohttp.ClientError as error:
            raise OSError(type(error).__name__) from error

    # --- one request --------------------------------------------------------------------------------------------

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        at = time.time()
        try:
            body = await request.read() if request.body_exists else b""
        except web.HTTPRequestEntityTooLarge:
            return Reply({"error": "too large"}, 413).response()
        raw_path = request.rel_url.raw_path
        call = Call(request.method, raw_path, request.rel_url.raw_query_string, request.headers, body, at)
        call.now = self.book.now()
        twin = self._twin(call)
        if twin is None:
            return await self._own_page(call)
        call.network = twin.name if call.network == "" else call.network
        entry = self.log.open(at=at, network=call.network, method=call.method, path=raw_path)
        response: web.StreamResponse | None = None
        try:
            response = await self._serve(request, call, twin, entry)
            entry["status"] = response.status
            return response
        finally:
            entry["done_at"] = time.time()
            self.log.write(entry)

    def _twin(self, call: Call) -> Any:
        host = call.host
        if host == "graph.facebook.com":
            instagram = self.twins["instagram"]
            return instagram if instagram.owns(call) else self.twins["facebook"]
        if host in ("graph.instagram.com", "api.instagram.com"):
            return self.twins["instagram"]
        if host == "api.x.com":
            return self.twins["twitter"]
        if host == "api.linkedin.com":
            return self.twins["linkedin"]
        if host == "www.linkedin.com" and call.segs[:1] in (["oauth"], ["dms-uploads"]):
            return None if call.segs[:3] == ["oauth", "v2", "authorization"] else self.twins["linkedin"]
        return None

    async def _own_page(self, call: Call) -> web.StreamResponse:
        """Control doors, sign-in pages and what the public sees. Not logged, never faulty."""
        try:
            reply = pages.public(self, call)
            if reply is None and call.host.startswith("__"):
                reply = control.answer(self, call)
            elif reply is None:
                reply = self.oauth.page(call) or pages.answer(self, call)
        except Refusal as refusal:
            reply = refusal.reply
        self.book.commit()
        return reply.response()

    async def _serve(self, request: web.BaseRequest, call: Call, twin: Any, entry: dict[str, Any]) -> web.StreamResponse:
        handler: Handler
        try:
            handler = twin.plan(call)
        except Refusal as refusal:
            handler = _refuse(refusal.reply)
        entry["kind"], entry["account"] = call.kind, call.account
        fault = self.faults.choose(call.network, call.kind, call.account) if self.book.t["faults"] else None
        call.lag = self.book.lag_of(call.network)
        settings = self.book.settings
        latency = settings["latency_ms_visible"] if call.kind == VISIBLE else settings["latency_ms_other"]
        if latency:
            await asyncio.sleep(latency / 1000)
        if fault is None:
            return (await self._run(handler, call, twin, entry)).response()
        entry["fault"] = fault.name
        self.log.write(entry)
        return await self._misbehave(request, call, twin, handler, fault, entry)

    async def _run(self, handler: Handler, call: Call, twin: Any, entry: dict[str, Any]) -> Reply:
        try:
            reply = handler(call)
            if inspect.isawaitable(reply):
                reply = await reply
        except Refusal as refusal:
            reply = refusal.reply
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            traceback.print_exc()           # a question no twin foresaw: the caller sees a server error, we see where
            reply = twin.fault_reply("status", call, Fault("bug", "status", "", 0, 500, {}))
        twin.finish(call, reply)
        entry["applied"] = reply.status < 300
        self.book.commit()
        return reply

    # --- misbehaving --------------------------------------------------------------------------------------------

    async def _misbehave(
        self, request: web.BaseRequest, call: Call, twin: Any, handler: Handler, fault: Fault, entry: dict[str, Any]
    ) -> web.StreamResponse:
        kind = fault.kind
        if kind == "before":
            return await self._lose(request, twin.fault_reply("status", call, fault), fault)
        if kind == "after":
            reply = await self._run(handler, call, twin, entry)
            self.log.write(entry)
            if fault.how in ("error", "status"):
                reply = twin.fault_reply(fault.how, call, fault)
            return await self._lose(request, reply, fault)
        if kind == "late":
            self._later(fault.seconds, handler, call, twin, entry)
            return await _hang(request, 30.0)
        if kind == "black_hole":
            return await _hang(request, float("inf"))
        if kind in ("429", "expired", "revoked", "duplicate"):
            return twin.fault_reply(kind, call, fault).response()
        if kind == "slow":
            await asyncio.sleep(fault.seconds)
        call.lag = fault.seconds if kind == "listing_lag" else call.lag
        call.shift = kind == "shift"
        reply = await self._run(handler, call, twin, entry)
        return await _drip(request, reply, fault.seconds) if kind == "drip" else reply.response()

    async def _lose(self, request: web.BaseRequest, reply: Reply, fault: Fault) -> web.StreamResponse:
        """End the exchange as `fault.how` says; `reply` is what is said where anything is said at all."""
        if fault.how == "hang":
            return await _hang(request, fault.seconds)
        if fault.how == "reset":
            return _cut(request, reset=True)
        if fault.how == "drop":
            return _cut(request, reset=False)
        if fault.how == "garbage":
            return web.Response(body=GARBAGE, headers={"Content-Type": "application/json"})
        return reply.response()

    def _later(self, seconds: float, handler: Handler, call: Call, twin: Any, entry: dict[str, Any]) -> None:
        async def apply() -> None:
            await asyncio.sleep(seconds)
            call.now = self.book.now()
            await self._run(handler, call, twin, entry)
            self.log.write(entry)

        task = asyncio.get_running_loop().create_task(apply())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _refuse(reply: Reply) -> Handler:
    return lambda call: reply


async def _hang(request: web.BaseRequest, seconds: float) -> web.StreamResponse:
    """Say nothing until the client has gone or `seconds` have passed, then close."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        transport = request.transport
        if transport is None or transport.is_closing():
            break
        await asyncio.sleep(0.1)
    return _cut(request, reset=False)


def _cut(request: web.BaseRequest, *, reset: bool) -> web.StreamResponse:
    """End the connection without an answer; with `reset` the client sees a connection reset, not an end."""
    transport = request.transport
    if transport is not None:
        raw = transport.get_extra_info("socket")
        if reset and raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=499)


async def _drip(request: web.BaseRequest, reply: Reply, seconds: float) -> web.StreamResponse:
    """Send the answer a byte at a time over `seconds`."""
    data, content_type = reply.encode()
    response = web.StreamResponse(status=reply.status, headers={**reply.headers, "Content-Type": content_type or "text/plain"})
    await response.prepare(request)
    for index in range(len(data)):
        await response.write(data[index:index + 1])
        await asyncio.sleep(seconds / max(1, len(data)))
    await response.write_eof()
    return response


async def run(*, port: int, folder: Path, secret: str) -> None:
    """Serve on loopback until cancelled; prints one JSON line with the port once it listens."""
    box = Sandbox(folder, secret)
    loop = asyncio.get_running_loop()

    def make(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY)

    server = web.Server(box.handle, request_factory=make, access_log=None, keepalive_timeout=75)
    listener = await loop.create_server(server, "127.0.0.1", port, backlog=1024)
    print(json.dumps({"port": listener.sockets[0].getsockname()[1]}), flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        listener.close()
        await server.shutdown(1)
        if box.http is not None:
            await box.http.close()
        box.book.close()
        box.log.close()
