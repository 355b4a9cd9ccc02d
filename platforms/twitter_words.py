"""What X says and what it means: its errors as ours, its posts as words that can be compared. Django-free."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import normalize

from core.errors import (
    Duplicate,
    InvalidContent,
    MediaRefused,
    NotAllowed,
    RateLimited,
    Rejected,
    RemoteError,
    Unauthorized,
)
from core.remote import Kept
from platforms import counting
from platforms.asking import peek
from platforms.base import Comment, Draft, Metrics, Person

EPOCH_MS = 1_288_834_974_657            # X counts the milliseconds in its ids from here
OVERLAP = timedelta(minutes=2)          # how far back a search for comments begins again
WINDOW = timedelta(minutes=15)          # X's ordinary rate window, where an answer names no end
LONG_WAIT = timedelta(hours=6)          # a monthly or daily budget is spent and no end is named
PAYING = frozenset({"blue", "business", "government"})

# --- errors --------------------------------------------------------------------------------------------------------


def _said(kept: Kept) -> tuple[set[int], str]:
    """The legacy error numbers of an answer, and all its other words in lower case, for looking things up in."""
    body = peek(kept) or {}
    errors = [item for item in body.get("errors") or [] if isinstance(item, dict)]
    numbers = {item["code"] for item in errors if isinstance(item.get("code"), int)}
    texts = [body.get(key) for key in ("title", "type", "detail", "error", "error_description")]
    texts += [item.get("message") for item in errors]
    return numbers, " ".join(str(text) for text in texts if text).lower()


def refine(kept: Kept, error: RemoteError, now: datetime) -> RemoteError:
    """Our error for a refusal of X. 5xx stay as the door judged them: only it knows what the request would change."""
    numbers, text = _said(kept)
    read = _READERS.get(kept.status)
    found = read(numbers, text) if read else None
    if kept.status == 429:
        found = _limited(kept, error, now)
    if found is None:
        return error
    found.http_status = kept.status
    found.request_id = _headers(kept).get("x-transaction-id", "")
    return found


def refine_sign_in(kept: Kept, error: RemoteError) -> RemoteError:
    """The token endpoint: a refused code or refresh token is the account's matter, a refused client ours."""
    _, text = _said(kept)
    if kept.status == 401 or "unauthorized_client" in text or "invalid_client" in text:
        return NotAllowed("X does not accept this app's client id and secret.", code="app_refused",
                          http_status=kept.status)
    if kept.status == 400:
        return Unauthorized("X no longer accepts this sign-in; connect the account again.", code="token_revoked",
                            http_status=400)
    return error


def _bad_request(numbers: set[int], text: str) -> RemoteError:
    if "too long" in text:
        return InvalidContent("The text is longer than X takes.", code="text_too_long")
    if "deleted or not visible" in text:
        return Rejected("The post to be answered is gone.", code="gone")
    if "is required" in text:
        return InvalidContent("A post needs words or a picture.", code="empty")
    if "media id" in text:
        return MediaRefused("X does not know the uploaded pictures.", code="media_unknown")
    if "media" in text or "image" in text:
        return MediaRefused("X does not take this picture.")
    return InvalidContent("X found a mistake in the post.")


def _forbidden(numbers: set[int], text: str) -> RemoteError:
    for known, words, make in _FORBIDDEN:
        if known & numbers or any(word in text for word in words):
            return make()
    return NotAllowed("X does not let this account or app do that.", code="permission")


# Read from the top: legacy numbers, pieces of X's words, what it means.
_FORBIDDEN: tuple[tuple[set[int], tuple[str, ...], Callable[[], RemoteError]], ...] = (
    ({187}, ("duplicate content",), lambda: Duplicate("X says it holds a post with the same words.")),
    ({185}, ("usage-capped", "usage cap"), lambda: RateLimited(
        "The budget of posts is used up for now.", retry_after=LONG_WAIT, scope="app")),
    ({226}, ("automated",), lambda: RateLimited(
        "X takes this for a machine writing too fast.", retry_after=WINDOW * 4)),
    ({64, 326}, ("suspended", "locked"), lambda: Unauthorized(
        "X has suspended or locked the account; its owner must sign in to X.", code="person_must_act")),
    (set(), ("reply to this conversation", "not allowed to reply"), lambda: NotAllowed(
        "X lets an app answer only people who mentioned the account first.", code="reply_not_allowed")),
    (set(), ("cashtag",), lambda: InvalidContent("X takes one cashtag a post.", code="cashtags")),
    (set(), ("too long",), lambda: InvalidContent("The text is longer than X takes.", code="text_too_long")),
    (set(), ("video",), lambda: MediaRefused("X does not take this video.")),
)

_READERS: Mapping[int, Callable[[set[int], str], RemoteError]] = {
    400: _bad_request,
    401: lambda numbers, text: Unauthorized("X no longer accepts the token.", code="token_expired"),
    402: lambda numbers, text: NotAllowed(
        "The app's prepaid credits at X are used up; the operator must add some.", code="credits"),
    403: _forbidden,
    404: lambda numbers, text: Rejected("X no longer has this.", code="gone"),
    413: lambda numbers, text: MediaRefused("The picture is larger than X takes.", code="media_too_large"),
}


def _headers(kept: Kept) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in kept.headers.items()}


# Rate windows as X names them in headers, and whose budget each is.
_WINDOWS = (("x-rate-limit", "account"), ("x-user-limit-24hour", "account"), ("x-app-limit-24hour", "app"))


def _limited(kept: Kept, error: RemoteError, now: datetime) -> RateLimited:
    """How long to wait: the latest end among the windows that are spent, the 24-hour ones included."""
    headers, ends, scope = _headers(kept), [], "account"
    for prefix, whose in _WINDOWS:
        end = headers.get(f"{prefix}-reset", "")
        spent = headers.get(f"{prefix}-remaining", "0" if prefix == "x-rate-limit" else "") == "0"
        if spent and end.isdigit():
            ends.append(datetime.fromtimestamp(int(end), UTC))
            scope = whose if ends[-1] == max(ends) else scope
    wait = max(ends) - now if ends else error.retry_after or WINDOW
    return RateLimited(
        "X wants fewer requests for a while.", retry_after=max(wait, timedelta(seconds=1)), scope=scope,
    )


def spent(kept: Kept, now: datetime) -> timedelta | None:
    """How long the account must rest because this answer was the last its window allowed; None where some are left."""
    headers = _headers(kept)
    ends = [headers.get(f"{prefix}-reset", "") for prefix, _ in _WINDOWS if headers.get(f"{prefix}-remaining") == "0"]
    waits = [datetime.fromtimestamp(int(end), UTC) - now for end in ends if end.isdigit()]
    return max(waits) if waits and max(waits) > timedelta(0) else None


def is_gone(found: Mapping[str, Any]) -> bool:
    """Whether a 200 says in its `errors` that the post asked for does not exist."""
    return any("not-found" in str(item.get("type")) for item in found.get("errors") or [] if isinstance(item, dict))


# --- times ---------------------------------------------------------------------------------------------------------


def moment(remote_id: str) -> datetime | None:
    """When X made this id; None where it is no id of X's kind."""
    if not remote_id.isdigit() or int(remote_id) < 1 << 40:
        return None
    ms = (int(remote_id) >> 22) + EPOCH_MS
    return datetime.fromtimestamp(ms / 1000, UTC) if ms < 4_102_444_800_000 else None


def when(tweet: Mapping[str, Any]) -> datetime:
    """When the post was made, by X's clock."""
    try:
        return datetime.fromisoformat(str(tweet["created_at"]).replace("Z", "+00:00"))
    except (KeyError, ValueError):
        return moment(str(tweet.get("id"))) or datetime.fromtimestamp(0, UTC)


# --- words ---------------------------------------------------------------------------------------------------------

_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_PICTURE_LINK = re.compile(r"\s*https://t\.co/\w+\Z")
_SCHEME = re.compile("https?://", re.IGNORECASE)
_LED_BY_HANDLES = re.compile(r"\A(?:@\w+\s+)+")


def readable(tweet: Mapping[str, Any]) -> str:
    """A post's words as a reader sees them: links in full, without the link that stands for its pictures."""
    long = tweet.get("note_tweet") or {}
    text = str(long.get("text") or tweet.get("text") or "")
    for escape, char in _ESCAPES:
        text = text.replace(escape, char)
    for url in (long.get("entities") or tweet.get("entities") or {}).get("urls") or []:
        of_media = url.get("media_key") or str(url.get("display_url") or "").startswith("pic.")
        text = text.replace(str(url.get("url")), "" if of_media else str(url.get("expanded_url") or ""))
    if (tweet.get("attachments") or {}).get("media_keys"):
        text = _PICTURE_LINK.sub("", text)
    return text.strip()


def comparable(text: str) -> str:
    """Words with all that X may change taken out: the form of links, the form of accents, the amount of space."""
    text = normalize("NFC", text)
    pieces, at = [], 0
    for link in counting.urls(text):
        name, slash, path = link.text.partition("://")[2 if "://" in link.text else 0].partition("/")
        pieces += [text[at : link.start], (name.lower() + slash + path).rstrip("/")]
        at = link.end
    # A link X knows and we do not (a newer top-level domain) still loses the scheme that X put before it.
    return " ".join(_SCHEME.sub("", "".join([*pieces, text[at:]])).split())


def _answers(tweet: Mapping[str, Any]) -> str:
    """The id of the post this one replies to; "" where it replies to none."""
    for other in tweet.get("referenced_tweets") or tweet.get("referenced_posts") or []:
        if other.get("type") == "replied_to":
            return str(other.get("id") or "")
    return ""


def is_post(tweet: Mapping[str, Any], draft: Draft, keys: set[str]) -> bool | None:
    """Whether this is the post `draft` became. `keys`: the media keys uploaded for it. None: the words match, and
    whether the pictures do cannot be said."""
    shown = set((tweet.get("attachments") or {}).get("media_keys") or [])
    if keys & shown:
        return True
    if _answers(tweet):
        return False
    words = readable(tweet)
    if draft.marker and draft.marker in words:
        return True
    if comparable(words) != comparable(draft.text):
        return False
    if not draft.media:
        return not shown
    return False if shown and keys else None


def is_reply(tweet: Mapping[str, Any], to: str, text: str) -> bool:
    """Whether this is our answer `text` to the post `to`. X may put the handles of those addressed before it."""
    if _answers(tweet) != to:
        return False
    ours, theirs = (_LED_BY_HANDLES.sub("", comparable(words)) for words in (text, readable(tweet)))
    return ours == theirs


def comment(tweet: Mapping[str, Any], thread: str, people: Mapping[str, Mapping[str, Any]], us: str) -> Comment:
    """A post under ours as a comment."""
    author_id = str(tweet.get("author_id") or "")
    author, parent = people.get(author_id, {}), _answers(tweet)
    return Comment(
        remote_id=str(tweet["id"]), thread=thread, text=readable(tweet), at=when(tweet),
        author=Person(author_id, str(author.get("name") or author_id), str(author.get("username") or "")),
        parent=parent if parent and parent != thread else None, is_ours=author_id == us,
    )


def figures(public: Mapping[str, Any]) -> Metrics:
    """Public figures. X counts quotes apart from reposts, we count both as shares; X renames fields, both are read."""
    def get(*names: str) -> int | None:
        return next((int(public[name]) for name in names if public.get(name) is not None), None)

    reposts, quotes = get("retweet_count", "repost_count"), get("quote_count")
    return Metrics(
        impressions=get("impression_count"), likes=get("like_count"), comments=get("reply_count"),
        shares=None if reposts is None and quotes is None else (reposts or 0) + (quotes or 0),
    )


def facts_of(user: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth knowing of an account: its handle, and whether it pays and may write at length."""
    return {
        "kind": "user", "username": str(user["username"]), "name": str(user.get("name") or ""),
        "premium": user.get("verified_type") in PAYING or str(user.get("subscription_type")).startswith("Premium"),
    }


# --- cursor --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a search for comments stands. `since`: only newer ones; `next`: X's token for older ones of this round;
    `top`: the newest id of this round."""

    since: str = ""
    next: str = ""
    top: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> Place:
        """From its written form; one that is not ours begins anew."""
        parts = (cursor or "").split(".")
        return cls(*parts) if len(parts) == 3 else cls()

    def write(self) -> str:
        return f"{self.since}.{self.next}.{self.top}" if self.since or self.next else ""

    def after(self, ids: list[str], token: str | None) -> Place:
        """After a page with these ids. At the end of a round the next one begins a little before the newest."""
        top = str(max(int(some) for some in [*ids, self.top or "0", self.since or "0"]))
        if token:
            return Place(self.since, token, top)
        if not ids and not self.top:
            return Place(self.since)
        return Place(str(max(int(top) - (int(OVERLAP.total_seconds() * 1000) << 22), 0)))
