"""Twin of Instagram's publishing: containers that really fetch the picture, their clock, and what comes of them."""

from __future__ import annotations

import base64
import re
from collections import deque
from typing import TYPE_CHECKING, Any

from . import graph
from .graph import as_list, error, pick
from .images import head_of
from .wire import Call, Reply

if TYPE_CHECKING:
    from .instagram import Instagram

DAY = 86_400
IMAGE_MAX = 8 * 1024 * 1024                 # bytes
RATIO_MIN, RATIO_MAX = 0.8, 1.91            # width / height
CAPTION_MAX, HASHTAGS_MAX, MENTIONS_MAX, ALT_MAX = 2_200, 30, 20, 1_000
COMMENT_MAX, COMMENT_HASHTAGS = 300, 4
STATUS_TEXT = {
    "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
    "IN_PROGRESS": "In Progress: Media is still being processed.",
    "PUBLISHED": "Published: Media has been published.",
    "EXPIRED": "Expired: Media container has expired.",
}
_HASHTAG = re.compile(r"(?<![\w&/])[#＃]\w*[^\W\d_]\w*")
_MENTION = re.compile(r"(?<![\w.])@[A-Za-z0-9_.]+")
_URL = re.compile(r"https?://|\bwww\.", re.IGNORECASE)


class Publishing:
    """Containers, publishing, comments and deletions of one account."""

    def __init__(self, twin: Instagram) -> None:
        self.twin, self.book, self.box = twin, twin.book, twin.box

    # --- containers ---------------------------------------------------------------------------------------------

    async def create(self, call: Call, account: dict[str, Any]) -> Reply:
        self.twin.need(call, "publish")
        self._containers_left(call, account["id"])
        kind = str(call.params.get("media_type") or "IMAGE").upper()
        if kind == "CAROUSEL":
            facts = self._carousel(call, account)
        elif kind == "IMAGE" and not call.params.get("video_url"):
            facts = await self._image(call)
        else:
            raise error(100, f"Media type {kind} is not taken by the practice network.", 2207023, title="Invalid media type",
                        words="The media type is not supported.")
        if not facts["child"]:
            check_caption(facts["caption"])
        container_id = f"179{self.book.fresh_id()}"
        self.book.put("containers", f"instagram:{container_id}", {
            "id": container_id, "account": account["id"], "at": call.now, "media_id": "",
            "polls": int(self.book.settings["instagram_polls"]), **facts,
        })
        self._recent(account["id"]).append(call.now)
        return Reply({"id": container_id})

    def _recent(self, account: str) -> deque[float]:
        """When this account's containers of the last 24 hours were made."""
        memo = self.book.memo.setdefault("containers", {})
        if account not in memo:
            memo[account] = deque(c["at"] for c in self.book.t["containers"].values() if c["account"] == account)
        return memo[account]

    def _containers_left(self, call: Call, account: str) -> None:
        recent = self._recent(account)
        while recent and recent[0] <= call.now - DAY:
            recent.popleft()
        if len(recent) >= int(self.book.settings["instagram_containers_per_day"]):
            raise error(4, "Application request limit reached", 2207042, title="Limit reached",
                        words="Too many media containers were created in the last 24 hours.")

    async def _image(self, call: Call) -> dict[str, Any]:
        url, alt = str(call.params.get("image_url") or ""), str(call.params.get("alt_text") or "")
        if not url:
            raise error(100, "The parameter image_url is required", 2207023, title="Missing media",
                        words="An image_url or a video_url is needed.")
        if len(alt) > ALT_MAX:
            raise error(100, f"(#100) Param alt_text must be at most {ALT_MAX} characters", title="Alt text too long")
        child = call.flag("is_carousel_item", False)
        data = await self._fetch(url)
        digest = self.book.keep_picture(data)
        head = head_of(data, digest)
        _check_picture(data, head.format, head.width, head.height)
        return {"kind": "image", "child": child, "caption": "" if child else str(call.params.get("caption") or ""),
                "alt": alt, "sha256": digest, "width": head.width, "height": head.height, "children": []}

    async def _fetch(self, url: str) -> bytes:
        try:
            return await self.box.fetch(url, seconds=float(self.book.settings["instagram_fetch_s"]), max_bytes=IMAGE_MAX)
        except TimeoutError as problem:
            raise error(-2, "Timeout downloading media", 2207003, title="Timeout", transient=True,
                        words="It takes too long to download the media.") from problem
        except (OSError, ValueError) as problem:
            raise error(9004, "Only photo or video can be accepted as media type.", 2207052,
                        title="Media download has failed. The media URI doesn't meet our requirements.",
                        words="The media could not be fetched from this URI.") from problem

    def _carousel(self, call: Call, account: dict[str, Any]) -> dict[str, Any]:
        given = call.params.get("children") or ""
        parsed = as_list(given)
        names = [str(n) for n in parsed] if isinstance(parsed, list) else [n for n in str(given).split(",") if n.strip()]
        if not 2 <= len(names) <= 10:
            raise error(100, "Param children must have 2 to 10 items", 2207028, title="Invalid carousel",
                        words="A carousel needs 2 to 10 photos or videos.")
        for name in names:
            child = self.book.t["containers"].get(f"instagram:{name.strip()}")
            if child is None or child["account"] != account["id"] or not child["child"]:
                raise graph.no_object(name)
            if self._state(call, child) != "FINISHED":
                raise _not_ready()
        return {"kind": "carousel", "child": False, "caption": str(call.params.get("caption") or ""), "alt": "",
                "sha256": "", "width": 0, "height": 0, "children": [name.strip() for name in names]}

    def _state(self, call: Call, container: dict[str, Any]) -> str:
        if container["media_id"]:
            return "PUBLISHED"
        if container["at"] <= call.now - DAY:
            return "EXPIRED"
        return "IN_PROGRESS" if container["polls"] > 0 else "FINISHED"

    def status(self, call: Call, container: dict[str, Any]) -> Reply:
        """A read of a container; each read brings one in the works nearer to its end."""
        if call.now - container["at"] < float(self.book.settings["instagram_container_lag_s"]):
            raise graph.no_object(container["id"])
        state = self._state(call, container)
        if state == "IN_PROGRESS":
            container["polls"] -= 1
            self.book.put("containers", f"instagram:{container['id']}", container)
        whole = {"id": container["id"], "status_code": state, "status": STATUS_TEXT[state], "copyright_check_status": None}
        return Reply(pick(whole, str(call.params.get("fields", "")), ("id",), "Container"))

    # --- publishing ---------------------------------------------------------------------------------------------

    def publish(self, call: Call, account: dict[str, Any]) -> Reply:
        self.twin.need(call, "publish")
        name = str(call.params.get("creation_id") or "")
        container = self.book.t["containers"].get(f"instagram:{name}")
        if container is None or container["account"] != account["id"]:
            raise error(24, "The requested resource does not exist", 2207008, title="Media builder not found",
                        words="The media builder with this creation ID does not exist or has expired.")
        state = self._state(call, container)
        if state == "EXPIRED":
            raise error(-2, "Media builder is expired", 2207020, title="Media expired",
                        words="The media you are trying to access has expired. Please try to upload again.")
        if state != "FINISHED" or container["child"]:
            raise _not_ready()
        if self._published(call, account["id"]) >= int(self.book.settings["instagram_posts_per_day"]):
            raise error(9, "Application request limit reached", 2207042, title="Limit reached",
                        words="You reached the maximum number of posts that can be published with the API.")
        row = self._post(call, container)
        return Reply({"id": row["id"]})

    def _post(self, call: Call, container: dict[str, Any]) -> dict[str, Any]:
        parts = [self.book.t["containers"][f"instagram:{c}"] for c in container["children"]] or [container]
        number = self.book.fresh_id()
        code = "C" + base64.urlsafe_b64encode(number.to_bytes(8, "big")).decode().strip("A=")
        row = self.book.add_post("instagram", {
            "id": f"180{number}", "account": container["account"], "text": container["caption"].rstrip(), "at": call.now,
            "media": [{"id": f"181{self.book.fresh_id()}", **{n: p[n] for n in ("sha256", "alt", "width", "height")}}
                      for p in parts],
            "visible": True, "path": f"/www.instagram.com/p/{code}/", "comments_open": True,
        })
        container["media_id"] = row["id"]
        self.book.put("containers", f"instagram:{container['id']}", container)
        return row

    def _published(self, call: Call, account: str) -> int:
        count = 0
        for row in reversed(self.book.posts("instagram", account)):
            if row["at"] <= call.now - DAY:
                break
            count += 1
        return count

    def quota(self, call: Call, account: dict[str, Any]) -> Reply:
        whole = {"quota_usage": self._published(call, account["id"]),
                 "config": {"quota_total": int(self.book.settings["instagram_posts_per_day"]), "quota_duration": DAY}}
        return Reply({"data": [pick(whole, str(call.params.get("fields", "")), ("quota_usage",), "ContentPublishingLimit")]})

    # --- change and delete --------------------------------------------------------------------------------------

    def update(self, call: Call, row: dict[str, Any]) -> Reply:
        if "comment_enabled" not in call.params:
            raise error(100, "(#100) Param comment_enabled is required: a caption cannot be edited")
        row["comments_open"] = call.flag("comment_enabled", True)
        self.book.save_post(row)
        return Reply({"success": True})

    def delete(self, call: Call, row: dict[str, Any]) -> Reply:
        if call.host != "graph.facebook.com":
            raise error(100, "Unsupported delete request.", 33)
        if "instagram_manage_contents" not in (call.token or {})["scopes"]:
            raise error(10, "(#10) Application does not have permission for this action", status=403)
        row["deleted"] = True
        self.book.save_post(row)
        return Reply({"success": True, "deleted_id": row["id"]})

    # --- comments -----------------------------------------------------------------------------------------------

    def comment(self, call: Call, row: dict[str, Any]) -> Reply:
        return self._write_comment(call, row, None)

    def reply(self, call: Call, comment: dict[str, Any]) -> Reply:
        row = self.book.post("instagram", comment["post"])
        assert row is not None
        return self._write_comment(call, row, comment["id"])

    def _write_comment(self, call: Call, row: dict[str, Any], parent: str | None) -> Reply:
        self.twin.need(call, "comments")
        text = str(call.params.get("message") or "")
        check_comment(text)
        if not row.get("comments_open", True):
            raise error(100, "(#100) Comments are turned off for this media")
        account = self.book.account("instagram", row["account"]) or {}
        written = self.add_comment(row, row["account"], account.get("handle", ""), text, parent)
        if "fields" in call.params:         # the comment stands, and the caller is told otherwise
            raise error(20, "An unknown error occurred", 1772107, title="Something went wrong")
        return Reply({"id": written["id"]})

    def add_comment(self, row: dict[str, Any], author: str, handle: str, text: str, parent: str | None) -> dict[str, Any]:
        """Write a comment down; replies hang on the root comment."""
        if parent:
            above = self.book.comment("instagram", parent)
            if above is None:
                raise ValueError(f"no such comment: {parent}")
            parent = above["parent"] or parent
        return self.book.add_comment("instagram", {
            "id": f"182{self.book.fresh_id()}", "post": row["id"], "author": author, "name": handle, "text": text,
            "at": self.book.now(), "parent": parent,
        })

    def change_comment(self, call: Call, comment: dict[str, Any]) -> Reply:
        self.twin.need(call, "comments")
        if call.method == "DELETE":
            comment["deleted"] = True
        elif "hide" in call.params:
            comment["hidden"] = call.flag("hide", False)
        else:
            raise error(100, "(#100) Param hide is required")
        self.book.put("comments", f"instagram:{comment['id']}", comment)
        return Reply({"success": True})


def check_caption(text: str) -> None:
    """Raises 36004/2207010 when a caption breaks a rule of length, hashtags or mentions."""
    too_much = len(text) > CAPTION_MAX or len(_HASHTAG.findall(text)) > HASHTAGS_MAX or len(_MENTION.findall(text)) > MENTIONS_MAX
    if too_much:
        raise error(36004, "The caption was too long.", 2207010, title="Caption too long",
                    words=f"A caption may have {CAPTION_MAX} characters, {HASHTAGS_MAX} hashtags and {MENTIONS_MAX} mentions.")


def check_comment(text: str) -> None:
    letters = [c for c in text if c.isalpha()]
    capitals = len(letters) > 1 and all(c.isupper() for c in letters)
    if not text.strip() or len(text) > COMMENT_MAX or capitals:
        raise error(100, f"(#100) A comment has 1 to {COMMENT_MAX} characters and not capitals alone")
    if len(_HASHTAG.findall(text)) > COMMENT_HASHTAGS or len(_URL.findall(text)) > 1:
        raise error(100, f"(#100) A comment may have {COMMENT_HASHTAGS} hashtags and 1 URL")


def _check_picture(data: bytes, kind: str, width: int, height: int) -> None:
    if len(data) > IMAGE_MAX:
        raise error(36000, "The image size is too large.", 2207004, title="Image size too large",
                    words="The image is too large to download. It should be less than 8 MiB.")
    if not kind:
        raise error(9004, "Only photo or video can be accepted as media type.", 2207052,
                    title="Media download has failed. The media URI doesn't meet our requirements.",
                    words="The media could not be fetched from this URI.")
    if kind != "JPEG":
        raise error(36001, "The image format is not supported.", 2207005, title="Unsupported image format",
                    words="The image format is not supported. Supported format is JPEG.")
    ratio = width / max(1, height)
    if not RATIO_MIN - 0.005 <= ratio <= RATIO_MAX + 0.005:
        raise error(36003, f"The submitted image with aspect ratio ('{round(ratio, 2)}',) cannot be published. Please "
                    "submit an image with a valid aspect ratio.", 2207009, title="Invalid aspect ratio",
                    words="The image's aspect ratio is not supported.")


def _not_ready() -> Exception:
    return error(9007, "Media ID is not available", 2207027, title="Media not available",
                 words="The media is not ready for publishing, please wait for a moment")
