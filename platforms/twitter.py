"""X (Twitter), API v2, through tweepy.

Protocol of a post: pictures are uploaded and described (invisible, may be repeated), their ids and media keys are put
into memory, then `POST /2/tweets` makes it visible. No idempotency key exists. After a doubtful answer the own timeline
tells: a media key we uploaded is proof, else the words with t.co expanded.

Wire facts: X's API v2 documentation and OpenAPI 2.167 of August 2026; docs/platforms.md says which call goes through
which entry point of tweepy, and what only a live account could prove.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

import requests
import tweepy

from core.errors import Ambiguous, MediaRefused, NotAllowed, Rejected, Unauthorized, Unavailable
from core.remote import Kept, Kind
from platforms import twitter_words as words
from platforms.asking import ask, fields
from platforms.base import (
    Absent,
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
    Memory,
    Metrics,
    Page,
    Published,
    ReadBack,
    Seen,
    Sighting,
    Token,
    Unsupported,
)
from platforms.counting import X_REFUSED, X_TEXT_MAX, weighted
from platforms.twitter_sdk import API, OLD_WWW, WWW, Session, SignIn

TEXT_MAX_PREMIUM = 25_000
MEDIA_LIVES = timedelta(hours=20)       # an uploaded picture may be used for 24 h; we stop well before
SKEW = timedelta(seconds=60)            # our clock against X's
PAGES_MAX = 3                           # pages of 100 looked through before we say that we cannot tell
METRICS_AT_ONCE = 100

_TIMELINE_FIELDS = ["created_at", "entities", "attachments", "note_tweet", "conversation_id", "referenced_tweets"]

_IMAGE = ImageSpec(
    formats=("JPEG", "PNG", "WEBP", "GIF"), max_bytes=5_000_000, ratio_min=0.05, ratio_max=20.0,
    width_min=4, width_max=4096, pixels_max=8192 * 8192,
)


class Twitter:
    """The adapter; see `platforms.base.Adapter` for what each method promises."""

    name: ClassVar[str] = "twitter"
    label: ClassVar[str] = "X (Twitter)"
    features: ClassVar[Feature] = (
        Feature.TEXT | Feature.IMAGE | Feature.CAROUSEL | Feature.ALT_TEXT | Feature.DELETE | Feature.FIND
        | Feature.COMMENTS | Feature.REPLY | Feature.METRICS | Feature.RENEW | Feature.LINK_CARD | Feature.THREAD
    )
    limits: ClassVar[Limits] = Limits(
        text_max=X_TEXT_MAX, count=weighted, media_max=4, image=_IMAGE, alt_text_max=1000, reply_max=X_TEXT_MAX,
        cashtags_max=1, refused=X_REFUSED,  # x.md §4 and §5: one cashtag a post since April 2026
        burst=(100, 900),  # x.md §6: 100 posts per user in 15 minutes
    )
    scopes: ClassVar[tuple[str, ...]] = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")
    hosts: ClassVar[Mapping[str, str]] = {"X_API_URL": API, "X_WWW_URL": WWW}
    settings: ClassVar[tuple[str, ...]] = ("X_CLIENT_ID", "X_CLIENT_SECRET")
    rotates: ClassVar[bool] = True

    def __init__(self, *, session: requests.Session, app: AppCredentials, now: Callable[[], datetime]) -> None:
        self.session, self.app, self.now = session, app, now
        self._door = session.door  # type: ignore[attr-defined]
        self._clients: dict[str, tweepy.Client] = {}

    @classmethod
    def capabilities(cls, facts: Mapping[str, Any]) -> Capabilities:
        """What this account may do: longer texts where it pays for them, no pictures where that was not granted."""
        features, limits = cls.features, cls.limits
        most = int(facts.get("text_max") or (TEXT_MAX_PREMIUM if facts.get("premium") else X_TEXT_MAX))
        if most != limits.text_max:
            limits = replace(limits, text_max=most, reply_max=most)
        if "media.write" not in facts.get("scopes", cls.scopes):
            features &= ~(Feature.IMAGE | Feature.CAROUSEL | Feature.ALT_TEXT)
        return Capabilities(features, limits)

    # --- asking -----------------------------------------------------------------------------------------------------

    def _client(self, who: Identity | str) -> tweepy.Client:
        token = who if isinstance(who, str) else who.token.access
        if token not in self._clients:
            client = tweepy.Client(bearer_token=token, return_type=requests.Response)
            client.session = Session()
            self._door.bind(client.session)
            self._clients[token] = client
        return self._clients[token]

    def _ask(self, kind: Kind, call: Callable[[], object]) -> Kept:
        return ask(self.session, kind, call, lambda kept, error: words.refine(kept, error, self.now()))

    # --- connecting -------------------------------------------------------------------------------------------------

    def authorize_url(self, redirect: str, state: str, verifier: str) -> str:
        """Where the admin signs in; scopes are asked for in full."""
        handler = SignIn(self.app, redirect, self.scopes, verifier)
        handler.state = state
        url = handler.get_authorization_url()
        return str(self._door.public(url.replace(OLD_WWW, WWW, 1)))

    def exchange(self, code: str, redirect: str, verifier: str) -> Sequence[Grant]:
        """The account behind a finished sign-in. The code lives 30 s and works once. Raises Unauthorized if refused."""
        handler = SignIn(self.app, redirect, self.scopes, verifier)
        self._door.bind(handler)
        # Only the code is read from this address; oauthlib insists on https, which a loopback redirect has not.
        answer = f"https://returned.invalid/?{urlencode({'code': code})}"
        kept = self._token_answer(lambda: handler.fetch_token(answer))
        token = self._token(kept, Token(access="", scopes=self.scopes))
        user = self._me(token.access)
        facts = {**words.facts_of(user), "scopes": list(token.scopes)}
        return [
            Grant(
                external_id=str(user["id"]), name=str(user.get("name") or user["username"]), handle=facts["username"],
                url=self._door.public(f"{WWW}/{facts['username']}"), token=token, facts=facts,
                missing=tuple(scope for scope in self.scopes if scope not in token.scopes),
                picture_url=str(user.get("profile_image_url") or ""),
            )
        ]

    def renew(self, token: Token) -> Token:
        """A new pair; X kills the old refresh token as it answers. Raises Unauthorized where it is dead already."""
        if not token.refresh:
            raise Unauthorized("No refresh token was granted; connect the account again.", code="token_expired")
        handler = SignIn(self.app, "", None, "")
        self._door.bind(handler)
        public = {} if handler.auth else {"client_id": self.app.client_id}
        kept = self._token_answer(
            lambda: handler.refresh_token(
                f"{API}/2/oauth2/token", refresh_token=token.refresh, auth=handler.auth, **public
            )
        )
        return self._token(kept, token)

    def _token_answer(self, call: Callable[[], object]) -> Kept:
        return ask(self.session, Kind.STAGING, call, words.refine_sign_in)

    def _token(self, kept: Kept, old: Token) -> Token:
        found = fields(kept)
        if not found.get("access_token"):
            raise Unavailable("X answered without a token.", code="unreadable_answer", http_status=kept.status)
        seconds = int(found.get("expires_in") or 7200)
        return replace(
            old, access=str(found["access_token"]), refresh=str(found.get("refresh_token") or old.refresh),
            expires_at=self.now() + timedelta(seconds=seconds),
            scopes=tuple(str(found["scope"]).split()) if found.get("scope") else old.scopes,
        )

    def _me(self, access: str) -> dict[str, Any]:
        client = self._client(access)
        wanted = ["username", "profile_image_url", "verified_type", "public_metrics"]
        kept = self._ask(Kind.READ, lambda: client.get_me(user_auth=False, user_fields=wanted))
        user = fields(kept).get("data")
        if not isinstance(user, dict) or "id" not in user or "username" not in user:
            raise Unavailable("X did not say who this is.", code="unreadable_answer", http_status=kept.status)
        return user

    def check(self, who: Identity) -> Mapping[str, Any]:
        """Ask X who the token belongs to; the facts as they are now."""
        facts = words.facts_of(self._me(who.token.access))
        return {**facts, "scopes": list(who.token.scopes)} if who.token.scopes else facts

    # --- speaking ---------------------------------------------------------------------------------------------------

    def publish(self, who: Identity, draft: Draft, memory: Memory) -> Published:
        """Upload what is missing, remember it, then post. Raises Ambiguous where the answer to the post was lost."""
        ids = self._uploaded(who, draft.media, memory)
        client = self._client(who)
        post = {"text": draft.text or None, "media_ids": ids or None, "user_auth": False}
        try:
            answer = self._ask(Kind.VISIBLE, lambda: client.create_tweet(**post))
        except MediaRefused as refused:
            kept = memory.get("pictures") or {}
            if refused.code != "media_unknown" or kept.get("again"):
                raise
            memory.put("pictures", {"ready": [], "keys": kept.get("keys", []), "again": True})
            raise Unavailable("X no longer knows the uploaded pictures; they will be uploaded again.",
                              code="media_unknown", http_status=refused.http_status) from None
        return self._created(who, answer)

    def _created(self, who: Identity, kept: Kept) -> Published:
        data = fields(kept).get("data")
        remote_id = str(data.get("id") or "") if isinstance(data, dict) else ""
        if not remote_id:
            raise Ambiguous("X answered without an id.", code="no_id", http_status=kept.status)
        return Published(remote_id, self._permalink(who, remote_id), words.moment(remote_id) or self.now())

    def _permalink(self, who: Identity, remote_id: str) -> str:
        handle = (who.handle or str(who.facts.get("username") or "")).lstrip("@")
        return str(self._door.public(f"{WWW}/{handle or 'i'}/status/{remote_id}"))

    def _uploaded(self, who: Identity, media: Sequence[MediaFile], memory: Memory) -> list[str]:
        """Media ids of the pictures, in order; those uploaded lately are used again. Keys outlive their ids in memory,
        because a post of an earlier attempt is recognised by them."""
        if not media:
            return []
        if len(media) > 1 and any(file.mime == "image/gif" for file in media):
            raise MediaRefused("X shows a GIF alone, not among other pictures.", code="gif_not_alone")
        fresh_since = (self.now() - MEDIA_LIVES).timestamp()
        kept = memory.get("pictures") or {"ready": [], "keys": []}
        ready = {item["sha256"]: item for item in kept["ready"] if item["at"] >= fresh_since}
        if missing := [file for file in media if file.sha256 not in ready]:
            for file in missing:
                if file.sha256 not in ready:
                    ready[file.sha256] = self._upload(who, file)
            keys = [*kept["keys"], *(item["key"] for item in ready.values() if item["key"])]
            memory.put("pictures", {**kept, "ready": list(ready.values()), "keys": [*dict.fromkeys(keys)]})
        return [str(ready[file.sha256]["id"]) for file in media]

    def _upload(self, who: Identity, file: MediaFile) -> dict[str, Any]:
        client, data = self._client(who), file.read()
        category = "tweet_gif" if file.mime == "image/gif" else "tweet_image"
        kept = self._ask(
            Kind.STAGING,
            lambda: client.session.post(            # tweepy knows no media upload of API v2
                f"{API}/2/media/upload", data={"media_category": category, "media_type": file.mime},
                files={"media": (file.filename, data, file.mime)},
                headers={"Authorization": f"Bearer {who.token.access}", "User-Agent": client.user_agent},
            ),
        )
        found = fields(kept).get("data")
        if not isinstance(found, dict) or not found.get("id"):
            raise Unavailable("X took the picture but named no id.", code="no_id", http_status=kept.status)
        if file.alt_text:
            words_for_it = {"id": str(found["id"]), "metadata": {"alt_text": {"text": file.alt_text}}}
            self._ask(Kind.STAGING, lambda: client.request("POST", "/2/media/metadata", json=words_for_it))
        return {
            "sha256": file.sha256, "id": str(found["id"]), "key": str(found.get("media_key") or ""),
            "at": self.now().timestamp(),
        }

    def find(self, who: Identity, draft: Draft, since: datetime, memory: Memory, bound: Set[str]) -> Sighting:
        """Look in the own timeline for the post of an attempt begun at `since`."""
        keys = set((memory.get("pictures") or {}).get("keys", []))
        return self._look(who, since, bound, lambda tweet: words.is_post(tweet, draft, keys))

    def find_reply(
        self, who: Identity, thread: str, to: str | None, text: str, since: datetime, bound: Set[str]
    ) -> Sighting:
        """Look in the own timeline for our answer to `to` (or to `thread`) begun at `since`."""
        return self._look(who, since, bound, lambda tweet: words.is_reply(tweet, to or thread, text))

    def _look(self, who: Identity, since: datetime, bound: Set[str], same: Callable[[dict[str, Any]], bool | None]
              ) -> Sighting:
        client, start, doubt = self._client(who), since - SKEW, ""
        page: dict[str, Any] = {}
        for _ in range(PAGES_MAX):
            page = self._timeline(client, who, start, page.get("meta", {}).get("next_token"))
            for tweet in page.get("data") or []:
                at = words.when(tweet)
                if str(tweet.get("id")) in bound or at < start:
                    continue
                verdict = same(tweet)
                if verdict:
                    return Found(Published(str(tweet["id"]), self._permalink(who, str(tweet["id"])), at))
                if verdict is None:
                    doubt = "A post with the same words is there, but its pictures could not be compared."
            if page.get("errors"):
                doubt = "X left some posts out of the list."
            if not page.get("meta", {}).get("next_token"):
                return CannotTell(doubt) if doubt else Absent()
        return CannotTell("Too many posts in that time to look through.")

    def _timeline(self, client: tweepy.Client, who: Identity, start: datetime, token: str | None) -> dict[str, Any]:
        wanted = {"pagination_token": token} if token else {}
        return fields(self._ask(
            Kind.READ,
            lambda: client.get_users_tweets(
                who.external_id, user_auth=False, start_time=start, max_results=100, exclude="retweets",
                tweet_fields=_TIMELINE_FIELDS, **wanted,
            ),
        ))

    def delete(self, who: Identity, remote_id: str) -> None:
        """Take the post down; already gone counts as done."""
        client = self._client(who)
        try:
            kept = self._ask(Kind.VISIBLE, lambda: client.delete_tweet(remote_id, user_auth=False))
        except Rejected as error:
            if error.code == "gone":
                return
            raise
        data = fields(kept).get("data")
        if not (isinstance(data, dict) and data.get("deleted")):
            raise Ambiguous("X did not confirm that the post is gone.", code="no_id", http_status=kept.status)

    def exists(self, who: Identity, remote_id: str) -> bool:
        """Whether the post is up. Raises NotAllowed where X will not tell this account."""
        client = self._client(who)
        try:
            kept = self._ask(Kind.READ, lambda: client.get_tweet(remote_id, user_auth=False))
        except Rejected as error:
            if error.code == "gone":
                return False
            raise
        found = fields(kept)
        if isinstance(found.get("data"), dict):
            return True
        if words.is_gone(found):
            return False
        raise NotAllowed("X does not show this post to us.", code="permission", http_status=kept.status)

    def reply(self, who: Identity, thread: str, to: str | None, text: str) -> Published:
        """Answer the comment `to`, or our own post `thread` where `to` is None."""
        client = self._client(who)
        kept = self._ask(
            Kind.VISIBLE,
            lambda: client.create_tweet(text=text, in_reply_to_tweet_id=to or thread, user_auth=False),
        )
        return self._created(who, kept)

    def own_posts(self, who: Identity, since: datetime) -> Sequence[Seen]:
        """X bills every post that is read, also one's own, so what was made by hand there is not read in."""
        raise Unsupported("X bills each post that is read.")

    def edit(self, who: Identity, remote_id: str, text: str) -> None:
        """Not offered: what is edited on X is another post there, with another number."""
        raise Unsupported("edit")

    def read_back(self, who: Identity, remote_id: str) -> ReadBack:
        raise Unsupported("X bills each post that is read.")

    # --- listening --------------------------------------------------------------------------------------------------

    def comments(self, who: Identity, thread: str, cursor: str | None) -> Page[Comment]:
        """Answers to our post of the last seven days (X's recent search reaches no further), newest first.

        The cursor reaches two minutes back over what was seen, since the search lags; comments seen twice have the
        same id.
        """
        place = words.Place.read(cursor)
        client = self._client(who)
        wanted: dict[str, Any] = {}
        if place.since and (oldest := self.now() - timedelta(days=7)) < (words.moment(place.since) or oldest):
            wanted["since_id"] = place.since
        if place.next:
            wanted["next_token"] = place.next
        found = fields(self._ask(
            Kind.READ,
            lambda: client.search_recent_tweets(
                f"conversation_id:{thread} is:reply", user_auth=False, max_results=100, expansions="author_id",
                tweet_fields=[*_TIMELINE_FIELDS, "in_reply_to_user_id", "author_id"],
                user_fields=["username", "name"], **wanted,
            ),
        ))
        people = {str(user["id"]): user for user in found.get("includes", {}).get("users", [])}
        items = tuple(words.comment(tweet, thread, people, who.external_id) for tweet in found.get("data") or [])
        place = place.after([item.remote_id for item in items], found.get("meta", {}).get("next_token"))
        return Page(items, cursor=place.write() or None, more=bool(place.next))

    def pressure(self) -> timedelta | None:
        """Until the window's end once its last request is spent; None while some are left."""
        return words.spent(self._door.last, self.now()) if self._door.last else None

    def metrics(self, who: Identity, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Public figures; posts X does not show are left out."""
        figures: dict[str, Metrics] = {}
        for first in range(0, len(remote_ids), METRICS_AT_ONCE):
            for tweet in self._with_figures(who, list(remote_ids[first : first + METRICS_AT_ONCE])):
                figures[str(tweet["id"])] = words.figures(tweet.get("public_metrics") or {})
        return figures

    def _with_figures(self, who: Identity, ids: list[str]) -> list[dict[str, Any]]:
        client = self._client(who)
        kept = self._ask(Kind.READ, lambda: client.get_tweets(ids, user_auth=False, tweet_fields=["public_metrics"]))
        return fields(kept).get("data") or []


ADAPTER = Twitter

