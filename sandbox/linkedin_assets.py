"""Twin of LinkedIn's pictures: an upload address first, then the bytes, then the URN in a post."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .images import head_of
from .linkedin_errors import field_error, problem
from .wire import Call, Refusal, Reply

if TYPE_CHECKING:
    from .linkedin import LinkedIn

PIXELS_MAX, GIF_FRAMES = 36_152_320, 250
IMAGE_MAX = 8 * 1024 * 1024                 # bytes
FORMATS = ("JPEG", "PNG", "GIF")
UPLOAD_LIFE = 3600                          # seconds an upload address is good for
ALT_MAX = 4_086
IMAGES_MIN, IMAGES_MAX = 2, 20


class Assets:
    """Images and the content of posts made of them."""

    def __init__(self, twin: LinkedIn) -> None:
        self.twin, self.book = twin, twin.book

    # --- uploading ----------------------------------------------------------------------------------------------

    def initialize(self, call: Call) -> Reply:
        if call.query.get("action") != "initializeUpload":
            raise problem(400, "ILLEGAL_ARGUMENT", "action must be initializeUpload")
        owner = str(((call.json or {}).get("initializeUploadRequest") or {}).get("owner") or "")
        if not owner:
            raise field_error("/initializeUploadRequest/owner", "field is required but not found", "MISSING_FIELD")
        self.twin.posts._may_write(call, owner, "initializeUpload")
        number = self.book.fresh_id()
        urn = f"urn:li:image:D4E{number:x}"
        expires = call.now + UPLOAD_LIFE
        self.book.put("media", f"linkedin:{urn}", {
            "id": urn, "network": "linkedin", "owner": owner, "sha256": "", "width": 0, "height": 0, "at": call.now,
            "expires": expires, "status": "WAITING_UPLOAD", "ready_at": 0,
        })
        address = f"{call.base}/www.linkedin.com/dms-uploads/sp/{urn.rsplit(':', 1)[1]}/uploaded-image/0?ca=vector"
        return Reply({"value": {"uploadUrlExpiresAt": int(expires * 1000), "uploadUrl": address, "image": urn}})

    def receive(self, call: Call) -> Reply:
        """PUT of the bytes; asks for no token."""
        row = self.book.t["media"].get(f"linkedin:urn:li:image:{call.segs[2] if len(call.segs) > 2 else ''}")
        if row is None or call.method not in ("PUT", "POST"):
            raise problem(404, "NOT_FOUND", "No such upload")
        call.account = row["owner"]
        if row["expires"] <= call.now:
            raise problem(400, "EXPIRED_UPLOAD_URL", "The upload URL has expired")
        digest = self.book.keep_picture(call.body)
        head = head_of(call.body, digest)
        good = (head.format in FORMATS and head.width * head.height < PIXELS_MAX and len(call.body) <= IMAGE_MAX
                and head.frames <= GIF_FRAMES)
        row.update(sha256=digest, width=head.width, height=head.height, status="AVAILABLE" if good else "PROCESSING_FAILED",
                   ready_at=call.now + float(self.book.settings["linkedin_image_processing_s"]))
        self.book.put("media", f"linkedin:{row['id']}", row)
        return Reply(None, 201, {"ETag": f'"{digest[:32]}"'})

    def _status(self, call: Call, row: dict[str, Any]) -> str:
        return "PROCESSING" if row["status"] == "AVAILABLE" and row["ready_at"] > call.now else str(row["status"])

    def read(self, call: Call) -> Reply:
        """A self-serve application may not look at its own picture."""
        self.twin.need(call, "r_organization_social", "images.GET")
        row = self.book.t["media"].get(f"linkedin:{call.segs[2]}")
        if row is None:
            raise problem(404, "NOT_FOUND", f"Could not find entity {call.segs[2]}")
        told = {"id": row["id"], "owner": row["owner"], "status": self._status(call, row)}
        if told["status"] == "AVAILABLE":
            told["downloadUrl"] = f"{call.base}/__media/{row['sha256']}"
        return Reply(told)

    # --- using --------------------------------------------------------------------------------------------------

    def attach(self, call: Call, author: str, content: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        """The pictures of a post, and whether it is a multi-image one."""
        if "multiImage" in content:
            images = content["multiImage"].get("images") or []
            if not IMAGES_MIN <= len(images) <= IMAGES_MAX:
                raise field_error("/content/multiImage/images", f"must have {IMAGES_MIN} to {IMAGES_MAX} items")
            return [self._one(call, author, image, "/content/multiImage/images") for image in images], True
        if "media" in content:
            return [self._one(call, author, content["media"], "/content/media")], False
        if "article" in content:
            return self._article(call, author, content["article"]), False
        if content and "poll" not in content:
            raise field_error("/content", "must be one of media, multiImage, article, poll")
        return [], False

    def _article(self, call: Call, author: str, article: dict[str, Any]) -> list[dict[str, Any]]:
        for name in ("source", "title"):
            if not article.get(name):
                raise field_error(f"/content/article/{name}", "field is required but not found", "MISSING_FIELD")
        if not str(article["source"]).startswith(("http://", "https://")):
            raise field_error("/content/article/source", "is not a valid URL")
        if article.get("thumbnail"):
            return [self._one(call, author, {"id": article["thumbnail"]}, "/content/article/thumbnail")]
        return []

    def _one(self, call: Call, author: str, given: dict[str, Any], path: str) -> dict[str, Any]:
        urn, alt = str(given.get("id") or ""), str(given.get("altText") or "")
        if not urn.startswith("urn:li:image:"):
            raise problem(400, "INVALID_URN_TYPE", f"ERROR :: {path}/id :: only images are taken here")
        row = self.book.t["media"].get(f"linkedin:{urn}")
        if row is None or row["owner"] != author:
            raise field_error(f"{path}/id", f"Invalid image id {urn}", "INVALID_IMAGE_ID")
        if len(alt) > ALT_MAX:
            raise field_error(f"{path}/altText", f"maximum is {ALT_MAX} characters", "FIELD_LENGTH_TOO_LONG")
        self._usable(row)
        return {"id": urn, "sha256": row["sha256"], "alt": alt, "width": row["width"], "height": row["height"]}

    @staticmethod
    def _usable(row: dict[str, Any]) -> None:
        """A picture still being processed is taken; one that never came or failed is not."""
        if row["status"] == "WAITING_UPLOAD":
            raise _refused("MEDIA_ASSET_WAITING_UPLOAD", row["id"])
        if row["status"] == "PROCESSING_FAILED":
            raise _refused("MEDIA_ASSET_PROCESSING_FAILED", row["id"])


def _refused(code: str, urn: str) -> Refusal:
    return Refusal({"status": 400, "code": code, "message": f"Media asset {urn} cannot be used: {code}"}, 400)
