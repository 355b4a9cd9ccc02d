"""Twin of X's media upload v2: one-shot, the three chunked steps with their clock, alt text."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .images import head_of
from .twitter_posts import invalid
from .wire import READ, STAGING, Call, Refusal, Reply

if TYPE_CHECKING:
    from .server import Handler
    from .twitter import Twitter

IMAGE_MAX, GIF_MAX, CHUNK_MAX = 5 * 1024 * 1024, 15 * 1024 * 1024, 5 * 1024 * 1024
LIFE = 86_400                               # seconds an upload may wait to be used
ALT_MAX = 1_000
CATEGORIES = {
    "tweet_image", "tweet_gif", "tweet_video", "amplify_video", "dm_image", "dm_gif", "dm_video", "subtitles",
}
IMAGES = ("JPEG", "PNG", "GIF", "WEBP")


class Media:
    """Uploads, kept until used or a day old."""

    def __init__(self, twin: Twitter) -> None:
        self.twin, self.book = twin, twin.book
        self.chunks: dict[str, dict[int, bytes]] = {}

    def route(self, call: Call, method: str, segs: list[str]) -> tuple[str, str, Handler] | None:
        if method == "POST" and segs == ["upload"]:
            return "media.one_shot", STAGING, self.one_shot
        if method == "GET" and segs == ["upload"]:
            return "media.status", READ, self.status
        if method == "POST" and segs == ["metadata"]:
            return "media.metadata", STAGING, self.metadata
        if method == "POST" and segs == ["upload", "initialize"]:
            return "media.chunked", STAGING, self.initialize
        if method == "POST" and len(segs) == 3 and segs[0] == "upload" and segs[2] in ("append", "finalize"):
            return "media.chunked", STAGING, self.append if segs[2] == "append" else self.finalize
        return None

    # --- one step -----------------------------------------------------------------------------------------------

    def one_shot(self, call: Call) -> Reply:
        category = str(call.params.get("media_category") or "tweet_image")
        self._check_category(category)
        if "media" in call.files:
            data = call.files["media"].data
        else:
            try:
                data = base64.b64decode(str(call.params.get("media") or ""), validate=True)
            except ValueError as problem:
                raise invalid("media must be base64 or a file") from problem
        if not data:
            raise invalid("media is required")
        row = self._new(call, category, len(data))
        self._settle(row, data)
        return Reply({"data": _told(row)})

    @staticmethod
    def _check_category(category: str) -> None:
        if category not in CATEGORIES:
            raise invalid("media_category is not known")

    def _new(self, call: Call, category: str, size: int) -> dict[str, Any]:
        media_id = self.twin.posts.snowflake()
        prefix = {"tweet_video": "13", "amplify_video": "13", "tweet_gif": "16"}.get(category, "3")
        return self.book.put("media", f"twitter:{media_id}", {
            "id": media_id, "network": "twitter", "key": f"{prefix}_{media_id}", "account": call.account,
            "category": category, "size": size, "at": call.now, "sha256": "", "alt": "", "width": 0, "height": 0,
            "ready": False, "polls": 0, "error": "",
        })

    def _settle(self, row: dict[str, Any], data: bytes) -> None:
        """All bytes are here: look at them. Raises what X says of a picture it does not take."""
        digest = self.book.keep_picture(data)
        head = head_of(data, digest)
        if row["category"] in ("tweet_image", "dm_image") and head.format not in IMAGES:
            raise invalid("Your media could not be processed: media type unrecognized.")
        if row["category"] in ("tweet_image", "dm_image") and len(data) > IMAGE_MAX and head.format != "GIF":
            raise _too_large()
        if head.format == "GIF" and len(data) > GIF_MAX:
            raise _too_large()
        row.update(sha256=digest, width=head.width, height=head.height, ready=True, format=head.format, size=len(data))
        self.book.put("media", f"twitter:{row['id']}", row)

    # --- in pieces ----------------------------------------------------------------------------------------------

    def initialize(self, call: Call) -> Reply:
        category = str(call.params.get("media_category") or "tweet_image")
        self._check_category(category)
        total = int(call.params.get("total_bytes") or 0)
        if total <= 0 or not call.params.get("media_type"):
            raise invalid("media_type and total_bytes are required")
        row = self._new(call, category, total)
        self.chunks[row["id"]] = {}
        return Reply({"data": {"id": row["id"], "media_key": row["key"], "expires_after_secs": LIFE}})

    def _mine(self, call: Call, media_id: str) -> dict[str, Any]:
        row = self.book.t["media"].get(f"twitter:{media_id}")
        if row is None or row["account"] != call.account or row["at"] <= call.now - LIFE:
            raise invalid("Your media IDs are invalid.")
        return row

    def append(self, call: Call) -> Reply:
        row = self._mine(call, call.segs[3])
        index = int(call.params.get("segment_index") or 0)
        part = call.files["media"].data if "media" in call.files else base64.b64decode(str(call.params.get("media") or ""))
        if not 0 <= index <= 999:
            raise invalid("segment_index must be from 0 to 999")
        if len(part) > CHUNK_MAX:
            raise _too_large()
        self.chunks.setdefault(row["id"], {})[index] = part
        return Reply({"data": {"expires_at": int(row["at"] + LIFE)}})

    def finalize(self, call: Call) -> Reply:
        row = self._mine(call, call.segs[3])
        if row["ready"]:
            return Reply({"data": self._with_processing(row)})
        parts = self.chunks.get(row["id"], {})
        data = b"".join(parts[index] for index in sorted(parts))
        if len(data) != row["size"]:
            raise invalid("The size of the pieces differs from total_bytes.")
        self._settle(row, data)
        self.chunks.pop(row["id"], None)
        if row["category"] in ("tweet_video", "amplify_video", "tweet_gif"):
            row["polls"] = 1 + int(self.book.settings["x_processing_polls"])
            self.book.put("media", f"twitter:{row['id']}", row)
        return Reply({"data": self._with_processing(row)})

    def status(self, call: Call) -> Reply:
        row = self._mine(call, str(call.params.get("media_id", "")))
        if row["polls"] > 0:
            row["polls"] -= 1
            self.book.put("media", f"twitter:{row['id']}", row)
        return Reply({"data": self._with_processing(row)})

    @staticmethod
    def _with_processing(row: dict[str, Any]) -> dict[str, Any]:
        data = _told(row)
        if row["category"] in ("tweet_video", "amplify_video", "tweet_gif"):
            states = {0: {"state": "succeeded", "progress_percent": 100}}
            busy = {"state": "in_progress", "progress_percent": 50, "check_after_secs": 1}
            data["processing_info"] = states.get(row["polls"], busy)
            if row["polls"] > 1:
                data["processing_info"] = {"state": "pending", "check_after_secs": 1}
        return data

    # --- alt text and use ---------------------------------------------------------------------------------------

    def metadata(self, call: Call) -> Reply:
        given = call.json or {}
        row = self._mine(call, str(given.get("id", "")))
        text = str(((given.get("metadata") or {}).get("alt_text") or {}).get("text") or "")
        if not text or len(text) > ALT_MAX:
            raise invalid(f"alt_text.text must have 1 to {ALT_MAX} characters")
        row["alt"] = text
        self.book.put("media", f"twitter:{row['id']}", row)
        return Reply({"data": {"id": row["id"], "associated_metadata": {"alt_text": {"text": text}}}})

    def attach(self, call: Call, media: dict[str, Any]) -> list[dict[str, Any]]:
        """The pictures of a post: 1 to 4 images, or one GIF, or one video. Raises what X says otherwise."""
        ids = media.get("media_ids") or []
        if not media:
            return []
        if not isinstance(ids, list) or not 1 <= len(ids) <= 4 or len(media.get("tagged_user_ids") or []) > 10:
            raise invalid("media_ids must have 1 to 4 items")
        rows = [self._mine(call, str(media_id)) for media_id in ids]
        if any(not row["ready"] or row["polls"] > 0 for row in rows):
            raise invalid("Your media IDs are invalid.")
        alone = [row for row in rows if row["category"] not in ("tweet_image",) or row.get("format") == "GIF"]
        if alone and len(rows) > 1:
            raise invalid("A post has up to four images, or one GIF, or one video.")
        return [{name: row[name] for name in ("id", "key", "sha256", "alt", "width", "height")} for row in rows]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "media_key": row["key"], "size": row["size"], "expires_after_secs": LIFE}


def _too_large() -> Refusal:
    return Refusal({"title": "Payload Too Large", "detail": "The media is too large.", "type": "about:blank",
                    "status": 413}, 413)
