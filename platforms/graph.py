"""What Facebook and Instagram share: the Graph API through facebook-sdk, its errors as ours, its load headers.

Wire facts: Meta's error reference, rate limiting page and the Graph API changelog as of November 2026. The SDK hides
status, headers and half of its errors, so every verdict here is taken from the answer as the door kept it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import normalize

import facebook
import requests
from requests.structures import CaseInsensitiveDict

from core.remote import Kept, Kind, retry_after
from platforms.asking import Refine, ask, fields, peek
from platforms.base import (
    Ambiguous,
    CannotTell,
    Draft,
    Duplicate,
    InvalidContent,
    Limits,
    MediaRefused,
    NotAllowed,
    RateLimited,
    Rejected,
    RemoteError,
    Unauthorized,
    Unavailable,
)

VERSION = "v25.0"                       # lives until July 2028; an ended version is silently served by an older one
HOST, WWW = "https://graph.facebook.com", "https://www.facebook.com"
SKEW = timedelta(seconds=60)            # our clock against Meta's
SHORT_WAIT = timedelta(minutes=10)      # a throttled answer that names no time
LONG_WAIT = timedelta(hours=1)          # a daily quota; it is a rolling window, so a part of it comes back soon
SLOW_DOWN_AT = 95                       # per cent of a budget; calls made while blocked make the block longer


@dataclass(frozen=True, slots=True)
class _At:
    """The session as facebook-sdk uses it (`request` alone), sent to the host that is meant."""

    session: requests.Session
    host: str

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        return self.session.request(method, url.replace(HOST, self.host, 1), **options)


class Graph:
    """The Graph API for one token, through facebook-sdk on the session we are given."""

    def __init__(self, session: requests.Session, token: str = "", host: str = HOST) -> None:
        self.session = session
        # The SDK knows only versions of 2018 and has no timeout of its own; the door ends every call.
        self.api = facebook.GraphAPI(access_token=token or None, session=_At(session, host))
        self.api.version = VERSION

    def ask(self, kind: Kind, call: Callable[[], object], refine: Refine | None = None) -> dict[str, Any]:
        """One call of the SDK, judged by its answer; the JSON object it brought. Raises a RemoteError."""
        return fields(ask(self.session, kind, call, refine or refined))

    def read(self, name: str, wanted: str) -> dict[str, Any]:
        """The named fields of an object."""
        return self.ask(Kind.READ, lambda: self.api.get_object(name, fields=wanted))

    def edge(self, name: str, edge: str, **options: Any) -> dict[str, Any]:
        """One page of an edge: `data` and `paging` as they came."""
        return self.ask(Kind.READ, lambda: self.api.get_connections(name, edge, **options))

    def pages(self, name: str, edge: str, most: int, **options: Any) -> Iterator[tuple[list[dict[str, Any]], bool]]:
        """Up to `most` pages of an edge, as (items, is there more). The end is a page without `next`, not a short one."""
        for _ in range(most):
            found = self.edge(name, edge, **options)
            after, more = cursor_of(found)
            yield list(found.get("data") or []), more
            if not more or not after:
                return
            options["after"] = after

    def put(
        self, kind: Kind, name: str, edge: str, values: Mapping[str, str], refine: Refine | None = None
    ) -> dict[str, Any]:
        """Create something on an edge."""
        return self.ask(kind, lambda: self.api.put_object(name, edge, **values), refine)

    def change(self, kind: Kind, name: str, **values: Any) -> dict[str, Any]:
        """Change fields of an object; facebook-sdk has no name for it, so its general `request` is used."""
        return self.ask(kind, lambda: self.api.request(f"{self.api.version}/{name}", post_args=values, method="POST"))

    def delete(self, name: str) -> None:
        """Take an object away; already gone counts as done. Raises Ambiguous where it was not confirmed."""
        try:
            found = self.ask(Kind.VISIBLE, lambda: self.api.delete_object(name))
        except Rejected as error:
            if error.code != "gone":
                raise
            return
        if found.get("success") is not True:
            raise Ambiguous("The network did not confirm that it is gone.", code="not_confirmed")

    def is_there(self, name: str, owner: str) -> bool:
        """Whether an object can be read. "Gone" is believed only if the owner's own page can be read: Meta says the
        same of things that we may not see."""
        try:
            self.read(name, "id")
        except Rejected as error:
            if error.code != "gone":
                raise
            self.read(owner, "id")
            return False
        return True


def cursor_of(found: Mapping[str, Any]) -> tuple[str, bool]:
    """(cursor after the last item, whether there is more) of one page. `next` itself carries a token: never kept."""
    paging = found.get("paging") or {}
    return str((paging.get("cursors") or {}).get("after") or ""), bool(paging.get("next"))


# --- errors --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A Graph error: numbers only. Meta's words are not repeated to anybody."""

    code: int
    subcode: int
    transient: bool
    trace: str


def said(kept: Kept) -> Said | None:
    """The Graph error of an answer, or None where it holds none."""
    error = (peek(kept) or {}).get("error")
    if not isinstance(error, dict):
        return None
    return Said(_number(error.get("code")), _number(error.get("error_subcode")), error.get("is_transient") is True,
                str(error.get("fbtrace_id") or ""))


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def refined(kept: Kept, error: RemoteError) -> RemoteError:
    """Our error for a refusal of the Graph API; `error` is what its status alone says."""
    words = said(kept)
    if words is None:
        return error
    found = _found(kept, words) or error
    found.http_status, found.request_id = kept.status, words.trace
    return found


def _found(kept: Kept, words: Said) -> RemoteError | None:
    if kept.status >= 500 or (words.subcode in _PERHAPS and kept.kind is Kind.VISIBLE):
        return _unsure(kept)
    if make := _SUBCODES.get(words.subcode):
        return make()
    if words.code in _THROTTLED or kept.status == 429:
        return _throttled(kept, words)
    if words.code in (1, 2) or words.transient:
        return _unsure(kept)
    if make := _CODES.get(words.code):
        return make()
    if words.code in _DEAD:
        return dead(words.subcode)
    if words.code in _FORBIDDEN or 200 <= words.code <= 299:
        return NotAllowed("This account or app may not do that.", code="permission")
    return None


def by_subcode(subcode: int) -> RemoteError | None:
    """What a subcode alone means; None for one we do not know."""
    make = _SUBCODES.get(subcode)
    return make() if make else None


def _unsure(kept: Kept) -> RemoteError:
    text = "The network had an error of its own."
    if kept.kind is Kind.VISIBLE:
        return Ambiguous(text, code="server_error")
    return Unavailable(text, code="server_error", retry_after=retry_after(kept.headers))


def _throttled(kept: Kept, words: Said) -> RemoteError:
    wait = regained(kept) or retry_after(kept.headers) or SHORT_WAIT
    return RateLimited("Too many calls; the network asks us to wait.", retry_after=wait,
                       scope="app" if words.code == 4 else "account")


def dead(subcode: int) -> RemoteError:
    """What a dead token means, by the subcode of code 190."""
    if subcode in (459, 464):
        return Unauthorized("The person must sign in at Facebook and confirm their account there; then connect again.",
                            code="person_must_act")
    code = "token_revoked" if subcode in (458, 460, 467, 492) else "token_expired"
    return Unauthorized("The sign-in no longer holds; connect the account again.", code=code)


_THROTTLED = frozenset({4, 17, 32, 613, 341, *range(80000, 80015)})
_PERHAPS = frozenset({1363047, 1609010})    # "temporarily unavailable": at a visible step nobody knows
_DEAD = frozenset({190, 102, 2500})
_FORBIDDEN = frozenset({3, 10, 1705})


def _blocked() -> RemoteError:
    return RateLimited("The network restricts this account for a while.", code="blocked", retry_after=LONG_WAIT)


def _must_act() -> RemoteError:
    return Unauthorized("The network wants the page's owner to confirm something there first.", code="person_must_act")


def _picture(code: str, text: str) -> Callable[[], RemoteError]:
    return lambda: MediaRefused(text, code=code)


def _content(code: str, text: str) -> Callable[[], RemoteError]:
    return lambda: InvalidContent(text, code=code)


def _later(code: str, text: str) -> Callable[[], RemoteError]:
    return lambda: Unavailable(text, code=code)


# Subcodes say more than codes and are looked up first. Those that mean "perhaps it happened" at a visible step are
# judged again by the adapter that takes the step.
_SUBCODES: Mapping[int, Callable[[], RemoteError]] = {
    33: lambda: Rejected("The network no longer has this, or does not show it to us.", code="gone"),
    1455006: lambda: Duplicate("Facebook says that the last post has the same words."),
    1366051: lambda: Duplicate("Facebook says that these pictures stand in a post already."),
    1390008: lambda: RateLimited("Too fast; the network asks us to wait.", retry_after=SHORT_WAIT),
    1346003: _content("refused_words", "Facebook takes these words for abusive."),
    1404102: _content("refused_words", "Facebook says that this breaks its community standards."),
    1349125: _content("invalid", "Facebook found a mistake in the post."),
    1609005: _content("link_refused", "Facebook does not take this link."),
    1609008: _content("link_refused", "Facebook does not take this link."),
    1404078: _must_act, 1404006: _must_act, 4854002: _must_act, 1404112: _must_act,
    1366046: _picture("picture_refused", "Facebook cannot read this picture, or it is too large."),
    2069019: _picture("picture_refused", "Facebook found no picture in what was sent."),
    2061006: _picture("picture_unreachable", "Facebook could not fetch the picture."),
    2207003: _later("picture_slow", "Instagram waited too long for the picture."),
    2207020: _later("container_expired", "The prepared post was too old; it is prepared again."),
    2207001: _later("server_error", "Instagram had an error of its own."),
    2207032: _later("server_error", "Instagram could not prepare the post."),
    2207053: _later("server_error", "Instagram could not take the picture now."),
    2207008: _later("container_unknown", "Instagram does not know the prepared post yet."),
    2207027: _later("container_not_ready", "Instagram is not ready with the picture yet."),
    2207052: _picture("picture_unreachable", "Instagram could not fetch the picture from our address."),
    2207051: _blocked,
    2207042: lambda: RateLimited("Instagram's number of posts a day is used up.", code="daily_limit",
                                 retry_after=LONG_WAIT),
    2207050: _must_act,
    2207006: lambda: Rejected("The network no longer has this, or does not show it to us.", code="gone"),
    2207004: _picture("picture_too_large", "The picture is larger than Instagram takes (8 MB)."),
    2207005: _picture("picture_format", "Instagram takes JPEG pictures only."),
    2207009: _picture("picture_shape", "Instagram takes pictures between 4:5 and 1.91:1."),
    2207010: _content("text_too_long", "A caption has at most 2,200 characters, 30 hashtags and 20 mentions."),
    2207023: _picture("picture_format", "Instagram does not take this kind of file."),
    2207026: _picture("picture_format", "Instagram does not take this video."),
    2207028: _picture("too_many_pictures", "Instagram shows 2 to 10 pictures in one post."),
    2207035: _content("tags", "Instagram does not take the tags of this picture."),
    2207036: _content("tags", "Instagram does not take the tags of this picture."),
    2207037: _content("tags", "Instagram does not take the tags of this picture."),
    2207040: _content("tags", "Instagram does not take so many tags."),
    1363047: _later("server_error", "Facebook cannot take this at the moment."),
    1609010: _later("server_error", "Facebook cannot take this at the moment."),
}
_CODES: Mapping[int, Callable[[], RemoteError]] = {
    100: _content("invalid", "The network found a mistake in what was sent."),
    324: _picture("picture_refused", "The network found no picture in what was sent."),
    368: _blocked,
    506: _SUBCODES[1455006],
    9: _SUBCODES[2207042],
    24: _SUBCODES[2207008],
    25: _must_act,
    352: _SUBCODES[2207026],
    9004: _SUBCODES[2207052],
    9007: _SUBCODES[2207027],
    36000: _SUBCODES[2207004], 36001: _SUBCODES[2207005], 36003: _SUBCODES[2207009], 36004: _SUBCODES[2207010],
}


# --- load ----------------------------------------------------------------------------------------------------------


def _loads(kept: Kept) -> Iterator[Mapping[str, Any]]:
    """What the load headers of an answer say, one dict for each budget."""
    headers = CaseInsensitiveDict(kept.headers)
    for name in ("X-Business-Use-Case-Usage", "X-App-Usage", "X-Page-Usage"):
        try:
            told = json.loads(headers.get(name, "null"))
        except ValueError:
            continue
        if not isinstance(told, dict):
            continue
        lists = [entry for entry in told.values() if isinstance(entry, list)]
        yield from (item for entry in lists for item in entry if isinstance(item, dict))
        if not lists:
            yield told


def regained(kept: Kept) -> timedelta | None:
    """When a spent budget is there again, as the load headers say (in minutes); None where they do not."""
    minutes = [_number(load.get("estimated_time_to_regain_access")) for load in _loads(kept)]
    return timedelta(minutes=max(minutes)) if minutes and max(minutes) > 0 else None


def pressure(kept: Kept) -> timedelta | None:
    """How long to leave the account alone because a budget is nearly spent (95 % and more); None where all is well."""
    shares = [_number(load.get(part)) for load in _loads(kept) for part in ("call_count", "total_time", "total_cputime")]
    if not shares or max(shares) < SLOW_DOWN_AT:
        return None
    return regained(kept) or SHORT_WAIT


# --- words, times, figures -----------------------------------------------------------------------------------------


def same_words(one: str, other: str) -> bool:
    """Whether two texts read the same: Meta trims ends and rewrites line ends."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    lines = normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def when(text: Any) -> datetime:
    """A time of the Graph API ("2026-11-24T09:00:03+0000"), aware UTC; the beginning of time where it cannot be read."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def check_draft(draft: Draft, limits: Limits) -> None:
    """Refuse here what the network would refuse after the pictures were sent. Raises InvalidContent or MediaRefused."""
    if limits.count(draft.text) > limits.text_max:
        raise InvalidContent(f"The text is longer than {limits.text_max} characters.", code="text_too_long")
    if limits.media_required and not draft.media:
        raise MediaRefused("A post needs a picture here.", code="no_picture")
    if not draft.text.strip() and not draft.media:
        raise InvalidContent("A post needs words or a picture.", code="empty")
    if len(draft.media) > limits.media_max:
        raise MediaRefused(f"A post has at most {limits.media_max} pictures.", code="too_many_pictures")
    for file in draft.media:
        if len(file.alt_text) > limits.alt_text_max:
            raise InvalidContent(f"The words for a picture have at most {limits.alt_text_max} characters.",
                                 code="alt_text_too_long")
        if file.bytes > limits.image.max_bytes:
            raise MediaRefused("The picture has too many bytes.", code="picture_too_large")


def insights(graph: Graph, name: str, wanted: Sequence[str]) -> dict[str, int]:
    """Lifetime figures of one post by their names. One unknown name fails a whole call, so then each is asked alone."""
    try:
        return _values(graph.edge(name, "insights", metric=",".join(wanted)))
    except NotAllowed:
        return {}
    except InvalidContent:
        if len(wanted) == 1:
            return {}
    found: dict[str, int] = {}
    for one in wanted:
        found |= insights(graph, name, [one])
    return found


def _values(found: Mapping[str, Any]) -> dict[str, int]:
    told: dict[str, int] = {}
    for item in found.get("data") or []:
        values = item.get("values") or [{}]
        value = values[0].get("value", (item.get("total_value") or {}).get("value"))
        if isinstance(value, int):          # a value may be missing (which is not zero) or be split by kind
            told[str(item.get("name"))] = value
    return told


def not_shown(error: NotAllowed) -> CannotTell:
    """What a look says when the right to look was not granted."""
    return CannotTell("We were not granted the right to look at the account's posts.")
