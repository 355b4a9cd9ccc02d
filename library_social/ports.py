"""Which port to listen on, and who sits on one that is taken."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable
from pathlib import Path

from library_social.place import ServiceFailed

TRIES = 100


class PortTaken(ServiceFailed):
    """The port asked for belongs to somebody else; the text says to whom, as far as this account may know."""


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there now. Raises ServiceFailed where the host itself is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except PermissionError:
            raise PortTaken(f"This account may not listen on port {port}; choose one above 1023.") from None
        except socket.gaierror:
            raise ServiceFailed(f"HOST is “{host}”, which is no address of this machine.") from None
        except OSError as error:
            if error.errno == 99:  # EADDRNOTAVAIL
                raise ServiceFailed(f"HOST is “{host}”, which is no address of this machine.") from None
            return False
    return True


def exactly(host: str, text: str) -> int:
    """The port somebody asked for. Raises PortTaken rather than quietly taking another."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ServiceFailed(f"PORT is “{text}”; it must be a whole number from 1 to 65535.")
    port = int(text)
    if not is_free(host, port):
        raise PortTaken(f"Port {port} is taken by {holder(port)}. Choose another in PORT, or leave PORT out.")
    return port


def first_free(host: str, wished: Iterable[int]) -> int:
    """The first free port of those wished for, tried in order, then upwards from the last."""
    last = 0
    for last in wished:
        if is_free(host, last):
            return last
    for port in range(last + 1, min(last + TRIES, 65535)):
        if is_free(host, port):
            return port
    raise ServiceFailed(f"No port from {last} to {last + TRIES} is free on {host}.")


def holder(port: int) -> str:
    """The program that listens on the port, in words."""
    inodes = set(_listening_inodes(port))
    for process in Path("/proc").glob("[0-9]*"):
        if inodes & set(_open_files(process)):
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            return f"process {process.name} ({words[:120] or 'no name'})"
    return "another program (which one is hidden from this account)"


def _open_files(process: Path) -> Iterable[str]:
    """What the process has open, as far as this account may see and until it closes it."""
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield os.readlink(link)


def _listening_inodes(port: int) -> Iterable[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            columns = line.split()
            if columns[3] == "0A" and int(columns[1].rsplit(":", 1)[1], 16) == port:
                yield f"socket:[{columns[9]}]"
