"""Instagram by user name and password, through instagrapi: the second route, for accounts that are no business accounts.

It speaks the private interface of Instagram's own app, against the network's terms; Instagram may lock accounts that are
used so. It is off unless an admin switches it on after reading that, can only publish, and has no practice twin. The
package is optional (requirements-optional.txt) and imported when first needed. Django-free.

Protocol: each picture is uploaded (invisible) and its upload id remembered; one configure call makes the post visible.
instagrapi's own upload methods repeat that call, so its steps are used instead. After doubt the own feed is read.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import requests

from core.remote import Kind, saying
from platforms import graph
from platforms.base import (
    Absent,
    Ambiguous,
    AppCredentials,
    CannotTell,
    Capabilities,
    Comment,
    Draft,
    Feature,
    Found,
    Grant,
    Identity,
    ImageSpec,
    Limits,
    MediaFile,
    MediaRefused,
    Memory,
    Metrics,
    Page,
    Published,
    RateLimited,
    ReadBack,
    Rejected,
    RemoteError,
    Seen,
    Sighting,
    Token,
    Unauthorized,
    Unavailable,
    Unsupported,
)

WWW, HOST = "https://www.instagram.com", "https://i.instagram.com"
UPLOADS_LIVE = timedelta(minutes=50)
LOOK_PAGES = 3
PHOTO, ALBUM = 1, 8                     # media_type in Instagram's private answers
WAIT = timedelta(hours=1)

# Names of instagrapi's exceptions (3.2), the strongest first; a class counts by any of its ancestors' names.
_DEAD = ("LoginRequired", "ClientLoginRequired", "ClientUnauthorizedError", "ReloginAttemptExceeded")
_PERSON = ("ChallengeError", "CaptchaChallengeRequired", "TwoFactorRequired", "BadPassword", "BadCredentials",
           "AccountSuspended", "SentryBlock", "ProxyAddressIsBlocked", "ClientNeedsUpgradeError",
           "AccountContactPointRequired")
_WAIT = ("PleaseWaitFewMinutes", "RateLimitError", "ClientThrottledError", "FeedbackRequired")
_REFUSED = ("ClientBadRequestError", "ClientForbiddenError", "ClientNotFoundError", "NotFoundError", "InvalidMediaId")
_PICTURE = ("PhotoNotUpload", "AlbumUnknownFormat")


class InstagramPrivate:
    """The adapter; publishing only. `sign_in` stands in for the sign-in by redirect that this route does not have."""

    name: ClassVar[str] = "instagram_private"
    label: ClassVar[str] = "Instagram (by password)"
    twin: ClassVar[bool] = False
    offered: ClassVar[bool] = False
    features: ClassVar[Feature] = Feature.IMAGE | Feature.CAROUSEL | Feature.ALT_TEXT | Feature.FIND
    limits: ClassVar[Limits] = Limits(
        text_max=2200, count=len, media_max=10, alt_text_max=1000, reply_max=0, media_required=True, same_ratio=True,
        hashtags_max=30, mentions_max=20, publishes_per_day=10, link_in_text=False, see_more_at=125,
        image=ImageSpec(formats=("JPEG",), max_bytes=8_000_000, ratio_min=0.8, ratio_max=1.91, width_min=320,
                        width_max=1440, pixels_max=1440 * 1800),
    )
    scopes: ClassVar[tuple[str, ...]] = ()
    hosts: ClassVar[Mapping[str, str]] = {"INSTAGRAM_PRIVATE_URL": HOST}
    settings: ClassVar[tuple[str, ...]] = ()
    rotates: ClassVar[bool] = False

    def __init__(self, *, session: requests.Session, app: AppCredentials, now: Callable[[], datetime]) -> None:
        self.session, self.app, self.now = session, app, now

    @classmethod
    def capabilities(cls, facts: Mapping[str, Any]) -> Capabilities:
        """The same for every account."""
        return Capabilities(cls.features, cls.limits)

    # --- the client -------------------------------------------------------------------------------------------------

    def make_client(self, settings: Mapping[str, Any]) -> Any:
        """instagrapi's client with a kept session. Raises Unavailable where the package is not installed."""
        try:
            from instagrapi import Client
        except ImportError as error:
            raise Unavailable("The package instagrapi is not installed here.", code="not_set_up") from error
        # A challenge would open a session of its own past our door, or ask on a terminal: it is ours to report.
        client = Client(private_transport="requests", with_challenge_flow=False, session_retry_total=0)
        if settings:
            client.set_settings(dict(settings))
        return client

    def _client(self, who: Identity) -> Any:
        return self.make_client(who.token.extra.get("settings") or {})

    def _call(self, client: Any, kind: Kind, call: Callable[[], Any]) -> Any:
        """One step of the client through our door; its exceptions become ours."""
        for name in ("private", "public", "graphql"):   # again each time: the client remounts when settings change
            if (inner := getattr(client, name, None)) is not None:
                self.session.door.bind(inner)  # type: ignore[attr-defined]
        try:
            with saying(kind):
                return call()
        except RemoteError:
            raise
        except Exception as error:
            raise understood(error, kind) from error

    # --- connecting -------------------------------------------------------------------------------------------------

    def sign_in(self, username: str, password: str, code: str = "") -> Grant:
        """Sign in once; the session is kept instead of the password. `code` is that of the second factor.

        Raises Unauthorized: `token_revoked` for a wrong password, `person_must_act` where Instagram wants more.
        """
        client = self.make_client({})
        self._call(client, Kind.STAGING, lambda: client.login(username, password, verification_code=code))
        info = self._call(client, Kind.READ, client.account_info)
        token = Token(access="session", extra={"settings": client.get_settings()})
        handle = str(info.username)
        return Grant(external_id=str(info.pk), name=str(getattr(info, "full_name", "") or handle), handle=handle,
                     url=f"{WWW}/{handle}/", token=token, facts={"kind": "user", "username": handle, "login": "password"})

    def authorize_url(self, redirect: str, state: str, verifier: str) -> str:
        """Instagram has no such page for this route: see `sign_in`."""
        raise Unsupported("sign in by name and password")

    def exchange(self, code: str, redirect: str, verifier: str) -> Sequence[Grant]:
        """There is no code to exchange: see `sign_in`."""
        raise Unsupported("sign in by name and password")

    def renew(self, token: Token) -> Token:
        """A session has no end that we know of; once dead, only signing in helps."""
        return token

    def check(self, who: Identity) -> Mapping[str, Any]:
        """Ask who we are."""
        client = self._client(who)
        return {"username": str(self._call(client, Kind.READ, client.account_info).username)}

    # --- speaking ---------------------------------------------------------------------------------------------------

    def publish(self, who: Identity, draft: Draft, memory: Memory) -> Published:
        """Upload what is missing, remember it, configure once. Raises Ambiguous where that answer was lost."""
        graph.check_draft(draft, self.limits)
        client = self._client(who)
        uploads = self._uploaded(client, draft.media, memory)
        answer = self._call(client, Kind.VISIBLE, lambda: self._configure(client, draft, uploads))
        media = answer.get("media") if isinstance(answer, dict) else None
        if not media or not media.get("pk"):
            raise Ambiguous("Instagram answered without an id.", code="no_id")
        memory.put("media", str(media["pk"]))
        return _published(media, self.now())

    def _uploaded(self, client: Any, media: Sequence[MediaFile], memory: Memory) -> list[list[Any]]:
        kept = memory.get("uploads") or {}
        fresh = kept.get("at", 0) >= (self.now() - UPLOADS_LIVE).timestamp()
        ready: dict[str, list[Any]] = dict(kept["ids"]) if fresh else {}
        for index, file in enumerate(media):
            name = f"{index}:{file.sha256}"
            if name not in ready:
                ready[name] = self._upload(client, file, album=len(media) > 1)
        memory.put("uploads", {"at": self.now().timestamp(), "ids": ready})
        return [ready[f"{index}:{file.sha256}"] for index, file in enumerate(media)]

    def _upload(self, client: Any, file: MediaFile, *, album: bool) -> list[Any]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture.jpg"
            path.write_bytes(file.read())
            upload_id, width, height = self._call(
                client, Kind.STAGING, lambda: client.photo_rupload(path, to_album=album)
            )
        return [str(upload_id), int(width), int(height)]

    def _configure(self, client: Any, draft: Draft, uploads: Sequence[Sequence[Any]]) -> Any:
        if len(uploads) == 1:
            upload_id, width, height = uploads[0]
            words = {"custom_accessibility_caption": draft.media[0].alt_text} if draft.media[0].alt_text else {}
            return client.photo_configure(upload_id, width, height, draft.text, [], None, extra_data=words)
        children = [
            {"upload_id": upload_id, "source_type": "4", "custom_accessibility_caption": file.alt_text,
             "extra": json.dumps({"source_width": width, "source_height": height})}
            for (upload_id, width, height), file in zip(uploads, draft.media, strict=True)
        ]
        return client.album_configure(children, draft.text, [], None, extra_data={})

    def find(self, who: Identity, draft: Draft, since: datetime, memory: Memory, bound: Set[str]) -> Sighting:
        """Look in the own feed. Nothing is configured before the uploads are remembered, so without them nothing is up."""
        if not memory.get("uploads"):
            return Absent()
        client, start, cursor = self._client(who), since - graph.SKEW, ""
        kind = ALBUM if len(draft.media) > 1 else PHOTO
        for _ in range(LOOK_PAGES):
            # instagrapi's own lists swallow refusals and then look empty; its plain request does not.
            params = {"count": 33, **({"max_id": cursor} if cursor else {})}
            found = self._call(client, Kind.READ, partial(
                client.private_request, f"feed/user/{who.external_id}/", params=params))
            items = found.get("items") or []
            for item in items:
                if str(item.get("pk")) not in bound and _same(item, draft, kind, start):
                    return Found(_published(item, self.now()))
            cursor = str(found.get("next_max_id") or "")
            if not found.get("more_available") or (items and _when(items[-1], self.now()) < start):
                return Absent()
        return CannotTell("Too many posts in that time to look through.")

    def delete(self, who: Identity, remote_id: str) -> None:
        """Not by this route."""
        raise Unsupported("delete")

    def exists(self, who: Identity, remote_id: str) -> bool:
        """Not by this route."""
        raise Unsupported("exists")

    def reply(self, who: Identity, thread: str, to: str | None, text: str) -> Published:
        """Not by this route."""
        raise Unsupported("reply")

    def find_reply(
        self, who: Identity, thread: str, to: str | None, text: str, since: datetime, bound: Set[str]
    ) -> Sighting:
        """Not by this route."""
        raise Unsupported("find_reply")

    def comments(self, who: Identity, thread: str, cursor: str | None) -> Page[Comment]:
        """Not by this route."""
        raise Unsupported("comments")

    def pressure(self) -> timedelta | None:
        """This route tells no budget."""
        return None

    def edit(self, who: Identity, remote_id: str, text: str) -> None:
        """Not by this route."""
        raise Unsupported("edit")

    def read_back(self, who: Identity, remote_id: str) -> ReadBack:
        raise Unsupported("This way to Instagram asks for no more than it must.")

    def own_posts(self, who: Identity, since: datetime) -> Sequence[Seen]:
        """Not by this route."""
        raise Unsupported("own_posts")

    def metrics(self, who: Identity, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Not by this route."""
        raise Unsupported("metrics")


def understood(error: Exception, kind: Kind) -> RemoteError:
    """Our error for one of instagrapi's. At the visible step, what may have been heard counts as unknown."""
    names = {cls.__name__ for cls in type(error).__mro__}
    if names & {*_PERSON}:
        return Unauthorized("Instagram wants the account's owner to confirm something in the app; it may have locked "
                            "the account.", code="person_must_act")
    if names & {*_DEAD}:
        return Unauthorized("Instagram ended the session; sign in again.", code="token_revoked")
    if "FeedbackRequired" in names and kind is Kind.VISIBLE:
        return Ambiguous("Instagram refused, but is known to publish all the same.", code="blocked")
    if names & {*_WAIT}:
        return RateLimited("Instagram asks us to wait.", code="blocked", retry_after=WAIT)
    if names & {*_PICTURE} and kind is not Kind.VISIBLE:
        return MediaRefused("Instagram does not take this picture.", code="picture_refused")
    if names & {*_REFUSED}:
        return Rejected("Instagram refused this.")
    if kind is Kind.VISIBLE:
        return Ambiguous("The answer was lost or could not be read.", code="no_answer")
    return Unavailable("Instagram did not answer as expected.", code="no_answer")


def _when(item: Mapping[str, Any], otherwise: datetime) -> datetime:
    taken = item.get("taken_at")
    return datetime.fromtimestamp(int(taken), UTC) if taken else otherwise


def _same(item: Mapping[str, Any], draft: Draft, kind: int, start: datetime) -> bool:
    caption = str((item.get("caption") or {}).get("text") or "")
    fits = item.get("media_type") == kind and _when(item, start) >= start
    return fits and graph.same_words(caption, draft.text)


def _published(item: Mapping[str, Any], now: datetime) -> Published:
    return Published(str(item["pk"]), f"{WWW}/p/{item.get('code', '')}/", _when(item, now))


ADAPTER = InstagramPrivate
