"""Start everything and keep it running until Ctrl-C: what bin/serve runs once the packages are there.

The supervisor keeps each program alive; this process keeps the lock on the data, brings the database up to date in
between, says where to go, and sees to it that nothing is left behind. Standard library only, to stay small.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from library_social import place as places
from library_social import ports, programs, services
from library_social.config import BASE_DIR, Config, load
from library_social.keys import write_private
from library_social.place import Place, ServiceFailed
from library_social.reading import BadConfiguration

WEB_PORTS = range(8000, 8100)
SANDBOX_PORT = 8900
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (what HOST may say, not what we choose)


class Interrupted(Exception):
    """Somebody asked us to stop."""


def main() -> int:
    """Run until stopped. 0 after an orderly stop, 1 with the reason on the standard error."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    os.umask(0o077)
    place = places.place_from_environment()
    try:
        lock = places.hold(place, "starting")
        place.make()
        services.stop(place)  # left behind by a machine that went down, or by `services start`
        return _serve(place, lock)
    except (ServiceFailed, BadConfiguration) as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except Interrupted:
        return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted


def _serve(place: Place, lock: int) -> int:
    host = os.environ.get("HOST", "").strip() or "127.0.0.1"
    remembered = _remembered(place)
    port = _web_port(host, remembered.get("web"))
    wants_sandbox = os.environ.get("LIBRARY_SOCIAL_ENV", "practice") != "production"
    wants_sandbox = wants_sandbox and not os.environ.get("SANDBOX_URL")
    sandbox_port = _sandbox_port(remembered.get("sandbox")) if wants_sandbox else None
    _set_environment(place, host, port, sandbox_port)
    config = load()
    _remember(place, {"web": port, **({"sandbox": sandbox_port} if sandbox_port else {})})
    if "postgres" in services.wanted_here():
        services.initialise_database(place)
    wanted = programs.all_of(config, place, host, port, sandbox_port)
    supervisor = _start_supervisor(place, wanted)
    try:
        _bring_up(place, config, wanted, supervisor, host, port, sandbox_port)
        places.describe(lock, f"serving {config.public_url}")
        _welcome(place, config)
        supervisor.wait()
        raise ServiceFailed(f"The supervisor stopped by itself:\n{services.tail(place.log / 'supervisor.log')}")
    finally:
        _stop(place, supervisor)


def _web_port(host: str, remembered: int | None) -> int:
    """PORT, or nothing else; without PORT the last one used here, else the next free one, and then it is said."""
    if given := os.environ.get("PORT", "").strip():
        return ports.exactly(host, given)
    wished = [remembered] if remembered else []
    port = ports.first_free(host, [*wished, *WEB_PORTS])
    first = remembered or WEB_PORTS[0]
    if port != first:
        print(f"Port {first} is taken by {ports.holder(first)}: using {port} instead.", flush=True)
    return port


def _sandbox_port(remembered: int | None) -> int:
    """The same at each start where that is possible: links to its posts carry it."""
    first = remembered or SANDBOX_PORT
    port = ports.first_free("127.0.0.1", [first, SANDBOX_PORT])
    if port != first:
        print(f"Port {first} is taken by {ports.holder(first)}: the sandbox uses {port} instead.", flush=True)
    return port


def _remembered(place: Place) -> dict[str, int]:
    kept = _read_json(place.var / "ports.json")
    return {name: port for name, port in kept.items() if isinstance(port, int)} if isinstance(kept, dict) else {}


def _remember(place: Place, used: dict[str, int]) -> None:
    (place.var / "ports.json").write_text(json.dumps({**_remembered(place), **used}))


def _read_json(path: Path) -> Any:
    """What the file holds; None where it is missing or half written."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def _set_environment(place: Place, host: str, port: int, sandbox_port: int | None) -> None:
    """What every program inherits. Addresses somebody gave are left alone."""
    shown = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    os.environ |= {"VAR_DIR": str(place.var), "HOST": host, "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    os.environ.setdefault("PUBLIC_URL", f"http://{shown}:{port}")
    # 64 threads would otherwise get an arena of memory each.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    if sandbox_port:
        os.environ["SANDBOX_URL"] = f"http://127.0.0.1:{sandbox_port}"


def _start_supervisor(place: Place, wanted: Sequence[programs.Program]) -> subprocess.Popen[bytes]:
    file = place.run / "supervisord.conf"
    write_private(file, programs.supervisor_file(wanted, place))
    command = programs.bound("TERM", programs.python("supervisor.supervisord", "-n", "-c", str(file)))
    with (place.log / "supervisor.out").open("wb") as out:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=BASE_DIR, start_new_session=True
        )


def _bring_up(
    place: Place,
    config: Config,
    wanted: Sequence[programs.Program],
    supervisor: subprocess.Popen[bytes],
    host: str,
    port: int,
    sandbox_port: int | None,
) -> None:
    """Servers, then the database's tables, then everything that reads them."""
    names = [program.name for program in wanted]
    if "postgres" in names:
        _until(lambda: services.database_answers(place), "postgres", place, supervisor)
    if "valkey" in names:
        _until(lambda: services.broker_answers(place), "valkey", place, supervisor)
    made = subprocess.run(
        [sys.executable, "-m", "library_social.prepare"], cwd=BASE_DIR, stdin=subprocess.DEVNULL, check=False
    )
    if made.returncode:
        raise ServiceFailed("The database could not be brought up to date; the reason stands above.")
    _start_product(place)
    if sandbox_port:
        _until(lambda: _answers("127.0.0.1", sandbox_port), "sandbox", place, supervisor)
    _until(lambda: _answers(host, port), "web", place, supervisor)


def _until(
    ready: Callable[[], bool], name: str, place: Place, supervisor: subprocess.Popen[bytes], seconds: float = 40
) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if supervisor.poll() is not None:
            raise ServiceFailed(f"The supervisor did not start:\n{services.tail(place.log / 'supervisor.out')}")
        if time.monotonic() > end:
            log = place.log / f"{name}.log"
            raise ServiceFailed(f"“{name}” does not answer. The end of {log}:\n{services.tail(log)}")
        time.sleep(0.05)


def _answers(host: str, port: int) -> bool:
    """Whether a page comes back, whatever it says; a door that is merely open is not enough."""
    host = "127.0.0.1" if host in EVERYWHERE else host
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.host)


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:
        return _UnixConnection(self.path)


def _start_product(place: Place) -> None:
    """Ask the supervisor, over its unix socket, to start what reads the database; does not wait for it."""
    door = xmlrpc.client.ServerProxy(
        "http://localhost/RPC2", transport=_UnixTransport(str(place.run / "supervisor.sock"))
    )
    try:
        door.supervisor.startProcessGroup(programs.PRODUCT, False)
    except (OSError, xmlrpc.client.Error) as problem:
        raise ServiceFailed(f"The supervisor could not start the product: {problem}") from problem


def _welcome(place: Place, config: Config) -> None:
    lines = ["", f"Library Social is ready: {config.public_url}", ""]
    people = _read_json(place.var / "sign-ins.json") or []
    if people and not config.is_production:
        lines.append("Sign in as (passwords are this installation's own, kept in sign-ins.json of the data folder):")
        lines += [f"  {who['role']:<8} {who['email']:<36} {who['password']}" for who in people]
        lines.append("")
    if config.sandbox_url and not config.is_production:
        lines += [f"The practice networks: {config.sandbox_url}/?key={config.sandbox_key}", ""]
    lines.append(f"Data and logs: {place.var}    Stop: Ctrl-C")
    print("\n".join(lines), flush=True)


def _stop(place: Place, supervisor: subprocess.Popen[bytes]) -> None:
    """Stop everything, and look for what a killed supervisor left. A second Ctrl-C does not cut this short."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if supervisor.poll() is None:
        print("\nStopping …", flush=True)
        supervisor.terminate()
        try:
            supervisor.wait(60)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()
    services.stop(place)
    for file in ("supervisord.conf", "supervisor.sock", "supervisor.pid"):
        (place.run / file).unlink(missing_ok=True)
    place.clear_run()


if __name__ == "__main__":
    sys.exit(main())
