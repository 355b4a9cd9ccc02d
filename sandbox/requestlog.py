"""The list of requests that reached the networks: when, what, and which fault each one met.

In memory for `/__log`, and in a file, so that it too survives a kill. A request that meets a fault is written down
before the fault acts.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

KEEP = 50_000                               # entries held in memory and kept when the file is written anew
FILE_MAX = 48 * 1024 * 1024                 # bytes of file above which only the newest are kept


class RequestLog:
    """Entries {n, at, done_at, network, method, path, kind, account, status, fault, applied}, n without gaps."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "requests.jsonl"
        self.entries: dict[int, dict[str, Any]] = {}
        self._load()
        self.last = max(self.entries, default=0)
        self._begin()

    def _begin(self) -> None:
        self._fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._size = os.fstat(self._fd).st_size

    def _load(self) -> None:
        if not self.path.exists():
            return
        lines = self.path.read_bytes().split(b"\n")
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue                    # the last line of a killed process
            self.entries[entry["n"]] = entry
        self._write_anew()

    def _write_anew(self) -> None:
        """Keep the newest entries only, in memory and on disk."""
        for n in sorted(self.entries)[:-KEEP]:
            del self.entries[n]
        fresh = self.path.with_suffix(".new")
        fresh.write_bytes(b"".join(_line(entry) for entry in self.entries.values()))
        fresh.replace(self.path)

    def open(self, *, at: float, network: str, method: str, path: str) -> dict[str, Any]:
        """Begin an entry at the arrival of a request (`at`: epoch seconds)."""
        self.last += 1
        entry = {
            "n": self.last, "at": at, "done_at": None, "network": network, "method": method, "path": path,
            "kind": "read", "account": "", "status": None, "fault": None, "applied": False,
        }
        self.entries[self.last] = entry
        if len(self.entries) > KEEP + 1000:
            for n in list(self.entries)[:1000]:
                del self.entries[n]
        return entry

    def write(self, entry: dict[str, Any]) -> None:
        """Write an entry down as it stands; a later line of the same number replaces it."""
        self._size += os.write(self._fd, _line(entry))
        if self._size > FILE_MAX:
            os.close(self._fd)
            self._write_anew()
            self._begin()

    def since(self, n: int) -> list[dict[str, Any]]:
        """Entries after number `n`, oldest first."""
        return [entry for number, entry in self.entries.items() if number > n]

    def reset(self) -> None:
        os.ftruncate(self._fd, 0)
        self._size = 0
        self.entries.clear()
        self.last = 0

    def close(self) -> None:
        os.close(self._fd)


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"
