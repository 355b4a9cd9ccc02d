"""Twin of Facebook's publishing: posts, photos, comments, edits and deletions of a Page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import graph
from .graph import as_list, error, need
from .images import head_of
from .wire import STAGING, VISIBLE, Call, Reply

if TYPE_CHECKING:
    from .facebook import Facebook

MESSAGE_MAX, COMMENT_MAX = 63_206, 8_000    # code points
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")
SOONEST, LATEST = 600, 30 * 86_400          # seconds ahead that a post may be scheduled for


def post_kind(call: Call) -> str:
    """Creating something unpublished is staging; the public sees nothing of it."""
    return VISIBLE if call.flag("published", True) else STAGING


class Posts:
    """Everything that changes what a Page shows."""

    def __init__(self, twin: Facebook) -> None:
        self.twin, self.book, self.box = twin, twin.book, twin.box

    # --- posts --------------------------------------------------------------------------------------------------

    def feed(self, call: Call, page: dict[str, Any]) -> Reply:
        self._may_publish(call, page)
        text, link = str(call.params.get("message") or ""), str(call.params.get("link") or "")
        photos = [self._photo(name, page) for name in attached(call)]
        if not text and not link and not photos:
            raise error(100, "(#100) Missing message or attachment")
        _check_length(text, MESSAGE_MAX)
        if link and not link.startswith(("http://", "https://")):
            raise error(100, "(#100) The url you supplied is invalid", 1609008, title="Invalid link",
                        words="The link is not valid.")
        published = call.flag("published", True)
        due = _scheduled(call, published)
        self._not_posted_before(photos)
        if published:
            self._not_the_last_again(page, text, link, photos)
        row = self._write(call, page, text, photos, link=link, published=published, due=due)
        return self._answer(call, {"id": row["id"]}, row)

    def _write(
        self, call: Call, page: dict[str, Any], text: str, photos: list[dict[str, Any]], *, link: str = "",
        published: bool, due: float = 0
    ) -> dict[str, Any]:
        number = str(self.book.fresh_id())
        row = self.book.add_post("facebook", {
            "id": f"{page['id']}_{number}", "account": page["id"], "text": text, "link": link, "at": call.now,
            "media": [_as_media(photo) for photo in photos], "visible": published, "scheduled": due,
            "path": f"/www.facebook.com/{page['id']}/posts/{number}",
        })
        if published:
            self._use(photos, row["id"])
        return row

    def _answer(self, call: Call, answer: dict[str, Any], row: dict[str, Any]) -> Reply:
        if fields := str(call.params.get("fields") or ""):
            answer.update(graph.pick(self.twin.post_object(call, row), fields, (), "Post") | {"id": answer["id"]})
        return Reply(answer)

    def _may_publish(self, call: Call, page: dict[str, Any]) -> None:
        token = call.token or {}
        if token.get("account") != page["id"]:
            raise error(200, "(#200) The permission(s) pages_manage_posts are not available. A Page access token of "
                        "this very Page is needed.", status=403)
        need(token, "pages_manage_posts", "pages_read_engagement")
        if "CREATE_CONTENT" not in page["tasks"]:
            raise error(200, "(#200) The user must be able to create content on this Page.", status=403)

    def _photo(self, name: str, page: dict[str, Any]) -> dict[str, Any]:
        photo = self.book.t["media"].get(f"facebook:{name}")
        if photo is None or photo["page"] != page["id"] or photo.get("deleted"):
            raise graph.no_object(name)
        return photo

    @staticmethod
    def _not_posted_before(photos: list[dict[str, Any]]) -> None:
        if any(photo.get("used_by") for photo in photos):
            raise error(100, "Invalid parameter", 1366051, title="Photos already posted",
                        words="These photos were already posted.")

    def _not_the_last_again(self, page: dict[str, Any], text: str, link: str, photos: list[dict[str, Any]]) -> None:
        """Only the newest public post counts, as on the real network."""
        for last in reversed(self.book.posts("facebook", page["id"])):
            if not self.twin.is_visible(last):
                continue
            if text and last["text"] == text and last.get("link", "") == link and not photos and not last["media"]:
                raise error(506, "Duplicate status message", 1455006, title="Duplicate Status Update",
                            words="This status update is identical to the last one you posted. Try posting something "
                                  "else.")
            return

    def _use(self, photos: list[dict[str, Any]], post_id: str) -> None:
        for photo in photos:
            photo["used_by"] = post_id
            self.book.put("media", f"facebook:{photo['id']}", photo)

    # --- photos -------------------------------------------------------------------------------------------------

    async def photo(self, call: Call, page: dict[str, Any]) -> Reply:
        self._may_publish(call, page)
        published = call.flag("published", True)
        text = str(call.params.get("caption") or call.params.get("message") or "")
        _check_length(text, MESSAGE_MAX)
        photo = self._keep(call, page, await self._bytes(call))
        if not published:
            return Reply({"id": photo["id"]})
        row = self._write(call, page, text, [photo], published=True)
        return self._answer(call, {"id": photo["id"], "post_id": row["id"]}, row)

    async def _bytes(self, call: Call) -> bytes:
        if call.files:
            return next(iter(call.files.values())).data
        url = str(call.params.get("url") or "")
        if not url:
            raise error(324, "(#324) Requires upload file", 2069019)
        try:
            return await self.box.fetch(url, seconds=10, max_bytes=self._photo_max())
        except (OSError, TimeoutError, ValueError) as problem:
            raise error(100, "(#100) url should represent a valid URL", 2061006, title="Could not fetch the picture",
                        words="The address of the picture could not be read.") from problem

    def _photo_max(self) -> int:
        return int(self.book.settings["facebook_photo_bytes"])

    def _keep(self, call: Call, page: dict[str, Any], data: bytes) -> dict[str, Any]:
        digest = self.book.keep_picture(data)
        head = head_of(data, digest)
        if head.format not in FORMATS or len(data) > self._photo_max():
            raise error(100, "Invalid parameter", 1366046, title="Can't read files",
                        words="Your photos couldn't be uploaded. Photos should be smaller than the allowed size and "
                              "saved as JPG, PNG, GIF, TIFF, HEIF or WebP files.")
        number = str(self.book.fresh_id())
        return self.book.put("media", f"facebook:{number}", {
            "id": number, "network": "facebook", "page": page["id"], "sha256": digest, "width": head.width,
            "height": head.height, "alt": str(call.params.get("alt_text_custom") or ""), "at": call.now, "used_by": None,
        })

    def delete_photo(self, photo: dict[str, Any]) -> Reply:
        photo["deleted"] = True
        self.book.put("media", f"facebook:{photo['id']}", photo)
        return Reply({"success": True})

    # --- change and delete --------------------------------------------------------------------------------------

    def update(self, call: Call, row: dict[str, Any]) -> Reply:
        page = self.book.account("facebook", row["account"])
        assert page is not None
        self._may_publish(call, page)
        if "message" in call.params:
            self._edit(call, row, str(call.params["message"]))
        if "is_published" in call.params:
            self._publish(call, row)
        self.book.save_post(row)
        return Reply({"success": True})

    def _edit(self, call: Call, row: dict[str, Any], text: str) -> None:
        """Other words; the network's own rules for a new post hold, but that it may say what the last one said."""
        _check_length(text, MESSAGE_MAX)
        if not text.strip() and not row["media"] and not row.get("link"):
            raise error(100, "(#100) Missing message or attachment")
        self.book.edit_post(row, call.now, text=text)

    def _publish(self, call: Call, row: dict[str, Any]) -> None:
        """Draft to public, once; the other way round does not exist."""
        if not call.flag("is_published", True):
            if self.twin.is_visible(row):
                raise error(100, "(#100) A published post cannot be unpublished")
            return
        if self.twin.is_visible(row):
            return
        photos = [p for m in row["media"] if (p := self.book.t["media"].get(f"facebook:{m['id']}"))]
        self._not_posted_before(photos)
        row["visible"], row["scheduled"], row["at"] = True, 0, call.now
        self._use(photos, row["id"])

    def delete(self, call: Call, row: dict[str, Any]) -> Reply:
        page = self.book.account("facebook", row["account"])
        assert page is not None
        self._may_publish(call, page)
        row["deleted"] = True
        self.book.save_post(row)
        return Reply({"success": True})

    # --- comments -----------------------------------------------------------------------------------------------

    def comment(self, call: Call, post: dict[str, Any], parent: dict[str, Any] | None) -> Reply:
        token = call.token or {}
        if token.get("account") != post["account"]:
            raise error(200, "(#200) A Page access token of this very Page is needed.", status=403)
        need(token, "pages_manage_engagement")
        text = str(call.params.get("message") or "")
        if not text.strip():
            raise error(100, "(#100) A comment needs a message or an attachment")
        _check_length(text, COMMENT_MAX)
        page = self.book.account("facebook", post["account"]) or {}
        row = self.add_comment(post, post["account"], page.get("name", ""), text, parent["id"] if parent else None)
        return Reply({"id": row["id"]})

    def add_comment(self, post: dict[str, Any], author: str, name: str, text: str, parent: str | None) -> dict[str, Any]:
        """Write a comment down. A reply to a reply hangs on the root, as the network shows two levels only."""
        if parent and (above := self.book.comment("facebook", parent)):
            parent = above["parent"] or parent
        elif parent:
            raise ValueError(f"no such comment: {parent}")
        number = post["id"].split("_")[-1]
        comment_id = f"{number}_{self.book.fresh_id()}"
        return self.book.add_comment("facebook", {
            "id": comment_id, "post": post["id"], "author": author, "name": name, "text": text, "at": self.book.now(),
            "parent": parent, "path": f"{post['path']}#c{comment_id}",
        })

    def change_comment(self, call: Call, row: dict[str, Any]) -> Reply:
        need(call.token or {}, "pages_manage_engagement")
        if call.method == "DELETE":
            row["deleted"] = True
        elif "is_hidden" in call.params:
            row["hidden"] = call.flag("is_hidden", False)
        elif "message" in call.params:
            if row["author"] != (call.token or {}).get("account"):
                raise error(200, "(#200) Only the author may edit a comment", status=403)
            row["text"] = str(call.params["message"])
        self.book.put("comments", f"facebook:{row['id']}", row)
        return Reply({"success": True})


def attached(call: Call) -> list[str]:
    """The photo ids of `attached_media`, in all the ways it may be written."""
    given = as_list(call.params.get("attached_media"))
    entries: list[Any] = list(given) if isinstance(given, list) else []
    for name in sorted((n for n in call.params if n.startswith("attached_media[")), key=_number):
        value = call.params[name]
        entries.append({"media_fbid": value} if name.endswith("[media_fbid]") else as_list(value))
    if call.params.get("attached_media") and not entries:
        raise error(100, "(#100) param attached_media must be an array.")
    found = []
    for entry in entries:
        entry = json.loads(entry) if isinstance(entry, str) and entry.startswith("{") else entry
        if not isinstance(entry, dict) or not entry.get("media_fbid"):
            raise error(100, "(#100) param attached_media[0] must be a JSON object with media_fbid.")
        found.append(str(entry["media_fbid"]))
    return found


def _number(name: str) -> int:
    digits = name.partition("[")[2].partition("]")[0]
    return int(digits) if digits.isdigit() else 0


def _as_media(photo: dict[str, Any]) -> dict[str, Any]:
    return {name: photo[name] for name in ("id", "sha256", "alt", "width", "height")}


def _check_length(text: str, most: int) -> None:
    if len(text) > most:
        raise error(100, f"(#100) Param message must be at most {most} characters", title="Text too long",
                    words="The text is longer than allowed.")


def _scheduled(call: Call, published: bool) -> float:
    due = float(call.params.get("scheduled_publish_time") or 0)
    if due and (published or not SOONEST <= due - call.now <= LATEST):
        raise error(100, "(#100) The specified scheduled publish time is invalid.", title="Invalid time",
                    words="A post can be scheduled from 10 minutes to 30 days ahead, with published=false.")
    return due
