"""Where one installation keeps its data, its logs and its sockets, and the lock that keeps a second one away.

Standard library only: used before anything else is ready.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SOCKET_PATH_MAX = 107  # sun_path holds 108 bytes with the closing zero
DATABASE_USER = "app"
NOBODY = "65534"


class ServiceFailed(RuntimeError):
    """A server cannot be had here; the text says why and what to do, and is fit to be shown."""


@dataclass(frozen=True)
class Place:
    """Where the servers of one installation live: their data, their logs, their sockets."""

    var: Path

    @property
    def run(self) -> Path:
        """The folder of the sockets: VAR_DIR/run where that is short and plain, else one in the system's /tmp."""
        wished = self.var / "run"
        longest = wished / ".s.PGSQL.5432.lock"
        plain = not set(str(wished)) & set(" ,'\"%?#@\\")
        if plain and len(os.fsencode(longest)) <= SOCKET_PATH_MAX:
            return wished
        digest = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]
        return Path("/tmp") / f"library-social-{os.getuid()}-{digest}"  # noqa: S108  (make_private checks whose it is)

    @property
    def database(self) -> Path:
        return self.var / "postgres"

    @property
    def broker(self) -> Path:
        return self.var / "valkey"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def broker_socket(self) -> Path:
        return self.run / "valkey.sock"

    def database_url(self, name: str = "postgres") -> str:
        """A DATABASE_URL for config.py; the socket's folder stands in the query."""
        return f"postgres://{DATABASE_USER}@/{name}?host={quote(str(self.run), safe='/')}"

    def redis_url(self, number: int = 0) -> str:
        return f"unix://{quote(str(self.broker_socket), safe='/')}?db={number}"

    def make(self) -> None:
        """Make every folder, readable by its owner alone."""
        for folder in (self.var, self.run, self.log, self.broker):
            make_private(folder)

    def clear_run(self) -> None:
        """Leave nothing in the system's /tmp. A folder of our own under VAR_DIR may stay."""
        if self.run.parent != self.var:
            shutil.rmtree(self.run, ignore_errors=True)


def make_private(folder: Path) -> None:
    """Make `folder` with mode 700, and refuse one that another account has put there before us."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = os.lstat(folder)
    ours = found.st_uid in (os.getuid(), int(NOBODY)) if os.getuid() == 0 else found.st_uid == os.getuid()
    if not stat.S_ISDIR(found.st_mode) or not ours:
        raise ServiceFailed(f"{folder} belongs to another account; move it away or choose another VAR_DIR.")


def place_from_environment() -> Place:
    """VAR_DIR, else the folder `var` beside the code."""
    root = Path(__file__).resolve().parent.parent
    return Place(Path(os.environ.get("VAR_DIR") or root / "var").resolve())


class InUse(ServiceFailed):
    """Another process works on this data; the text says which."""


def hold(place: Place, purpose: str) -> int:
    """Take the lock of this installation's data until the process ends, however it ends. Returns its descriptor.

    Raises InUse with what the holder wrote about itself: process id, then what it is doing.
    """
    make_private(place.var)
    lock = os.open(place.var / "in-use", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(lock, 500).decode(errors="replace").strip() or "an unknown process"
        os.close(lock)
        raise InUse(
            f"The data in {place.var} are in use: {holder}.\n"
            "Stop that one first, or give another folder in VAR_DIR."
        ) from None
    describe(lock, purpose)
    return lock


def describe(lock: int, purpose: str) -> None:
    """Say in the lock what its holder does, for whoever finds it taken."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"process {os.getpid()}, {purpose}\n".encode(), 0)
