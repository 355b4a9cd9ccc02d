"""What LinkedIn says and what it means: its errors as ours, its posts and comments as words. Django-free."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from unicodedata import normalize

from core.errors import (
    Ambiguous,
    Duplicate,
    InvalidContent,
    MediaRefused,
    NotAllowed,
    RateLimited,
    Rejected,
    RemoteError,
    Unauthorized,
    Unavailable,
)
from core.remote import Kept, Kind
from platforms import counting
from platforms.asking import peek
from platforms.base import Comment, Draft, Metrics, Person

_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):[0-9]+")

# --- errors --------------------------------------------------------------------------------------------------------


def refine(kept: Kept, error: RemoteError, now: datetime) -> RemoteError:
    """Our error for a refusal of LinkedIn. 5xx stay as the door judged them."""
    body = peek(kept) or {}
    code, message = str(body.get("code") or ""), str(body.get("message") or "")
    read = _READERS.get(kept.status)
    if kept.status == 429:
        found: RemoteError | None = _limited(message, error, now)
    elif kept.status == 409:
        kind = Ambiguous if kept.kind is Kind.VISIBLE else Unavailable
        found = kind("LinkedIn met a conflict with another request.", code="conflict")
    else:
        found = read(code, message) if read else None
    if found is None:
        return error
    headers = {str(name).lower(): str(value) for name, value in kept.headers.items()}
    found.http_status = kept.status
    found.request_id = headers.get("x-li-request-id") or headers.get("x-li-uuid", "")
    return found


def refine_sign_in(kept: Kept, error: RemoteError) -> RemoteError:
    """The token endpoint: a refused code or refresh token is the account's matter, a refused client ours."""
    said = str((peek(kept) or {}).get("error") or "")
    if kept.status == 401 or said in ("invalid_client", "unauthorized_client", "invalid_client_id"):
        return NotAllowed("LinkedIn does not accept this app's client id and secret.", code="app_refused",
                          http_status=kept.status)
    if kept.status == 400:
        return Unauthorized("LinkedIn no longer accepts this sign-in; connect the account again.",
                            code="token_revoked", http_status=400)
    return error


def _bad_request(code: str, message: str) -> RemoteError:
    if code in ("MEDIA_ASSET_WAITING_UPLOAD", "EXPIRED_UPLOAD_URL") or code.startswith("MEDIA_ASSET_PROCESSING"):
        if code == "MEDIA_ASSET_PROCESSING_FAILED":
            return MediaRefused("LinkedIn could not read the picture.", code="media_failed")
        return Unavailable("LinkedIn is still working on the picture.", code="media_not_ready")
    if code in ("INVALID_IMAGE_ID", "INVALID_VIDEO_ID"):
        return MediaRefused("LinkedIn does not know the uploaded picture.", code="media_unknown")
    if code == "VERSION_MISSING":
        return _version(code, message)
    return _unprocessable(code, message)


def _unprocessable(code: str, message: str) -> RemoteError:
    if "duplicate of" in message or code == "DUPLICATE_POST":
        named = _URN.search(message)
        return Duplicate("LinkedIn says it holds this post.", remote_id=named[0] if named else "")
    if "TOO_LONG" in code or "too long" in message.lower():
        return InvalidContent("The text is longer than LinkedIn takes.", code="text_too_long")
    if "altText" in message or "/content/" in message:
        return MediaRefused("LinkedIn does not take the pictures as they are.")
    return InvalidContent("LinkedIn found a mistake in the post.")


def _unauthorized(code: str, message: str) -> RemoteError:
    if "REVOKED" in code:
        return Unauthorized("The permission was taken back at LinkedIn; connect the account again.",
                            code="token_revoked")
    return Unauthorized("LinkedIn no longer accepts the token.", code="token_expired")


def _version(code: str, message: str) -> RemoteError:
    return NotAllowed("This version of LinkedIn's API has been switched off; Library Social must be updated.",
                      code="api_version")


_READERS: Mapping[int, Callable[[str, str], RemoteError]] = {
    400: _bad_request,
    401: _unauthorized,
    403: lambda code, message: NotAllowed("LinkedIn does not let this account or app do that.", code="permission"),
    404: lambda code, message: Rejected("LinkedIn no longer has this.", code="gone"),
    413: lambda code, message: MediaRefused("The picture is larger than LinkedIn takes.", code="media_too_large"),
    415: lambda code, message: MediaRefused("LinkedIn does not take this kind of picture."),
    422: _unprocessable,
    426: _version,
}


def _limited(message: str, error: RemoteError, now: datetime) -> RateLimited:
    """LinkedIn names no time. A day's budget comes back at midnight UTC; anything shorter is left to our back-off."""
    wait = error.retry_after
    if wait is None and re.search(r"\b(day|daily)\b", message, re.IGNORECASE):
        midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
        wait = midnight - now
    whole_app = re.search(r"\bAPPLICATION\b(?!_AND)", message) is not None
    return RateLimited("LinkedIn wants fewer requests for a while.", retry_after=wait,
                       scope="app" if whole_app else "account")


# --- words ---------------------------------------------------------------------------------------------------------

_HASHTAG = re.compile(r"\{hashtag\|\\?#\|([^}]*)\}")
SHORTENED = "lnkd.in/"


def readable(commentary: str) -> str:
    """Little text as a reader sees it; LinkedIn gives hashtags back in their long form."""
    return counting.unescape_little(_HASHTAG.sub(r"#\1", commentary))


def comparable(text: str) -> str:
    """Words with the form of accents and the amount of space taken out."""
    return " ".join(normalize("NFC", text).split())


def _without_links(text: str) -> str:
    pieces, at = [], 0
    for link in counting.urls(text):
        pieces.append(text[at : link.start])
        at = link.end
    return comparable("".join([*pieces, text[at:]]))


def images_in(post: Mapping[str, Any]) -> set[str]:
    """URNs of the pictures a post shows."""
    content = post.get("content") or {}
    several = (content.get("multiImage") or {}).get("images") or []
    return {str(item["id"]) for item in [content.get("media") or {}, *several] if item.get("id")}


def is_post(post: Mapping[str, Any], draft: Draft, urns: set[str]) -> bool | None:
    """Whether this is the post `draft` became. `urns`: the pictures uploaded for it. None: it looks like it, and
    nothing proves it (LinkedIn shortened the link, or the pictures cannot be compared)."""
    shown = images_in(post)
    if urns & shown:
        return True
    words = readable(str(post.get("commentary") or ""))
    if draft.marker and draft.marker in words:
        return True
    if comparable(words) != comparable(draft.text):
        shortened = SHORTENED in words and _without_links(words) == _without_links(draft.text)
        return None if shortened and bool(shown) == bool(draft.media) and not (shown and urns) else False
    if not draft.media:
        return not shown
    return False if shown and urns else None


def moment(ms: object) -> datetime | None:
    """LinkedIn's milliseconds as a time; None where there are none."""
    return datetime.fromtimestamp(ms / 1000, UTC) if isinstance(ms, int | float) and ms > 0 else None


def comment_urn(element: Mapping[str, Any], thread: str) -> str:
    """The full name of a comment, by which it can be answered."""
    named = str(element.get("commentUrn") or element.get("$URN") or "")
    return named or f"urn:li:comment:({element.get('object') or thread},{element.get('id')})"


def comment(element: Mapping[str, Any], thread: str, us: str, our_name: str, parent: str | None = None) -> Comment:
    """A comment. LinkedIn seldom tells an app people's names; then the person stays "LinkedIn member"."""
    actor = str(element.get("actor") or "")
    is_ours = actor == us
    return Comment(
        remote_id=comment_urn(element, thread), thread=thread,
        author=Person(actor, our_name if is_ours and our_name else _name(element, actor)),
        text=str((element.get("message") or {}).get("text") or ""),
        at=moment((element.get("created") or {}).get("time")) or datetime.fromtimestamp(0, UTC),
        parent=parent or (str(element["parentComment"]) if element.get("parentComment") else None),
        is_ours=is_ours,
    )


def _name(element: Mapping[str, Any], actor: str) -> str:
    told = element.get("actor~") or {}
    name = " ".join(str(told[key]) for key in ("localizedFirstName", "localizedLastName") if told.get(key))
    return name or str(told.get("localizedName") or "") or (
        "LinkedIn page" if ":organization:" in actor else "LinkedIn member")


def figures(total: Mapping[str, Any]) -> Metrics:
    """Figures of one post of an organisation."""
    def get(name: str) -> int | None:
        return int(total[name]) if total.get(name) is not None else None

    return Metrics(
        impressions=get("impressionCount"), reach=get("uniqueImpressionsCount"), likes=get("likeCount"),
        comments=get("commentCount"), shares=get("shareCount"), clicks=get("clickCount"),
    )


def reaches_back(elements: Sequence[Mapping[str, Any]], start: datetime) -> bool:
    """Whether a page that is sorted newest first ends before `start`, so that later pages need not be read."""
    times = [moment(element.get("createdAt")) for element in elements]
    known = [at for at in times if at]
    return len(known) == len(times) > 0 and known == sorted(known, reverse=True) and known[-1] < start


def has_more(page: Mapping[str, Any], asked: int) -> bool:
    """Whether a list goes on. `total` cannot be relied on; a full page or a link to the next one can."""
    links = (page.get("paging") or {}).get("links") or []
    return any(link.get("rel") == "next" for link in links) or len(page.get("elements") or []) >= asked
