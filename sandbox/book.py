"""The state of the practice networks: in memory for speed, in an append-only journal for truth.

Every change of one request is written as one line, with one `write`, before the request is answered. A killed
process therefore loses nothing that it answered for; only a machine that loses power could (no fsync per line).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

TABLES = ("accounts", "persons", "tokens", "codes", "posts", "comments", "media", "containers", "faults", "settings")
REWRITE_ABOVE = 8 * 1024 * 1024            # bytes of journal above which a start writes a fresh one

DEFAULTS: dict[str, Any] = {
    "latency_ms_visible": 0, "latency_ms_other": 0,
    "clock_offset_s": 0, "redirect_hosts": [],
    "listing_lag_s": {},                    # network -> seconds a fresh post stays out of lists
    "facebook_calls_per_day": 4800,         # a page with one engaged user
    "facebook_photo_bytes": 10 * 1024 * 1024,
    "instagram_polls": 0,                   # how many status reads say IN_PROGRESS first
    "instagram_container_lag_s": 0,         # how long a fresh container answers 100/33
    "instagram_posts_per_day": 100, "instagram_containers_per_day": 400,
    "instagram_flat_token": True,           # False: the code exchange answers inside data[]
    "instagram_fetch_s": 10.0,
    "x_duplicate_s": 86400, "x_reply_policy": "summoned", "x_quotes": False, "x_reuse_kills_family": True,
    "x_credits_usd": 10000.0, "x_429_shape": "problem", "x_processing_polls": 1,
    "x_limits": {},                         # endpoint name -> calls per 15 minutes, over the documented ones
    "x_app_posts_per_day": 10000,
    "linkedin_duplicate_s": 600, "linkedin_member_calls_per_day": 150, "linkedin_app_calls_per_day": 100000,
    "linkedin_image_processing_s": 0,
}


class Book:
    """All tables, their indices and the journal. Values are plain dicts; change one, then `put` it again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pictures = folder / "pictures"
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.path = folder / "journal.jsonl"
        self._pending: list[list[Any]] = []
        self._last_id = 0
        self._clear()
        self._replay()
        self._fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _clear(self) -> None:
        self.t: dict[str, dict[str, Any]] = {name: {} for name in TABLES}
        self.posts_of: dict[str, list[dict[str, Any]]] = {}      # account key -> posts, oldest first
        self.comments_of: dict[str, list[dict[str, Any]]] = {}   # post key -> comments, oldest first
        self.replies_to: dict[str, list[dict[str, Any]]] = {}    # X: post id -> posts that answer it
        self.settings: dict[str, Any] = dict(DEFAULTS)
        self.memo: dict[str, Any] = {}                           # windows and counters; forgotten on a restart

    # --- time and names -----------------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since 1970 on the networks' own clock, which tests may move."""
        return time.time() + float(self.settings["clock_offset_s"])

    def fresh_id(self) -> int:
        """A number never given before: microseconds, pushed on where two fall together."""
        self._last_id = max(self._last_id + 1, time.time_ns() // 1000)
        return self._last_id

    @staticmethod
    def secret(length: int = 32) -> str:
        return secrets.token_hex(length // 2)

    # --- writing ------------------------------------------------------------------------------------------------

    def put(self, table: str, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """Store a row and remember to journal it. Returns the row as it is kept."""
        kept = self._apply(table, key, value)
        self._pending.append([table, key, kept])
        return kept

    def drop(self, table: str, key: str) -> None:
        if self.t[table].pop(key, None) is not None:
            self._pending.append([table, key, None])

    def commit(self) -> None:
        """Write what is pending as one line; true on disk for any later process once this returns."""
        if not self._pending:
            return
        line = json.dumps(self._pending, separators=(",", ":")).encode() + b"\n"
        self._pending = []
        while line:
            line = line[os.write(self._fd, line):]

    def _apply(self, table: str, key: str, value: dict[str, Any] | None) -> Any:
        rows = self.t[table]
        if value is None:
            rows.pop(key, None)
            return None
        old = rows.get(key)
        if old is not None:
            if old is not value:
                old.clear()
                old.update(value)
            value = old
        else:
            rows[key] = value
            self._index(table, value)
        if table == "settings":
            self.settings[key] = value["value"]
        return value

    def _index(self, table: str, value: dict[str, Any]) -> None:
        if table == "posts":
            self.posts_of.setdefault(f"{value['network']}:{value['account']}", []).append(value)
            if value.get("reply_to"):
                self.replies_to.setdefault(value["reply_to"], []).append(value)
        elif table == "comments":
            self.comments_of.setdefault(f"{value['network']}:{value['post']}", []).append(value)

    # --- reading back after a restart ---------------------------------------------------------------------------

    def _replay(self) -> None:
        if not self.path.exists():
            return
        self._cut_torn_line()
        with self.path.open("rb") as lines:
            for line in lines:
                for table, key, value in json.loads(line):
                    self._apply(table, key, value)
        if self.path.stat().st_size > REWRITE_ABOVE:
            self._rewrite()

    def _cut_torn_line(self) -> None:
        """A process killed inside its last write leaves half a line, which nobody was answered for."""
        data = self.path.read_bytes()
        if data and not data.endswith(b"\n"):
            with self.path.open("r+b") as file:
                file.truncate(data.rfind(b"\n") + 1)

    def _rewrite(self) -> None:
        fresh = self.path.with_suffix(".new")
        with fresh.open("wb") as out:
            for table, rows in self.t.items():
                for key, value in rows.items():
                    out.write(json.dumps([[table, key, value]], separators=(",", ":")).encode() + b"\n")
        fresh.replace(self.path)

    def reset(self) -> None:
        """Forget everything, on disk too. Numbers given before are not given again."""
        os.ftruncate(self._fd, 0)
        self._pending = []
        self._clear()

    def close(self) -> None:
        self.commit()
        os.close(self._fd)

    # --- settings and pictures ----------------------------------------------------------------------------------

    def set(self, name: str, value: Any) -> None:
        """Change one setting. Raises KeyError for a name that does not exist."""
        if name not in DEFAULTS:
            raise KeyError(name)
        self.put("settings", name, {"value": value})

    def lag_of(self, network: str) -> float:
        return float(self.settings["listing_lag_s"].get(network, 0))

    def keep_picture(self, data: bytes) -> str:
        """Keep the bytes for the public page; returns their sha256. The same picture is kept once."""
        digest = hashlib.sha256(data).hexdigest()
        place = self.pictures / digest
        if digest not in self.memo.setdefault("pictures", set()):
            if not place.exists():
                partial = place.with_suffix(f".{secrets.token_hex(4)}")
                partial.write_bytes(data)
                partial.replace(place)
            self.memo["pictures"].add(digest)
        return digest

    # --- small reads every twin needs ---------------------------------------------------------------------------

    def account(self, network: str, external_id: str) -> dict[str, Any] | None:
        return self.t["accounts"].get(f"{network}:{external_id}")

    def post(self, network: str, external_id: str) -> dict[str, Any] | None:
        return self.t["posts"].get(f"{network}:{external_id}")

    def add_post(self, network: str, row: dict[str, Any]) -> dict[str, Any]:
        """Write a post down. `row` needs id, account, text, media, at, visible and path (of its public page)."""
        row.setdefault("deleted", False)
        row["network"] = network
        return self.put("posts", f"{network}:{row['id']}", row)

    def save_post(self, row: dict[str, Any]) -> None:
        self.put("posts", f"{row['network']}:{row['id']}", row)

    def edit_post(self, row: dict[str, Any], at: float, **changed: Any) -> None:
        """Other words for a post; what stood there before is kept, oldest first. The same words again change nothing."""
        if any(row.get(name) != value for name, value in changed.items()):
            earlier = {"text": row["text"], "at": row.get("edited", row["at"])}
            row.update(changed, edited=at, edits=[*row.get("edits", []), earlier])
        self.save_post(row)

    def posts(self, network: str, account: str) -> list[dict[str, Any]]:
        return self.posts_of.get(f"{network}:{account}", [])

    def add_comment(self, network: str, row: dict[str, Any]) -> dict[str, Any]:
        """Write a comment down. `row` needs id, post, author, name, text, at, parent."""
        row.setdefault("deleted", False)
        row.setdefault("hidden", False)
        row["network"] = network
        return self.put("comments", f"{network}:{row['id']}", row)

    def comments(self, network: str, post: str) -> list[dict[str, Any]]:
        return self.comments_of.get(f"{network}:{post}", [])

    def comment(self, network: str, external_id: str) -> dict[str, Any] | None:
        return self.t["comments"].get(f"{network}:{external_id}")
