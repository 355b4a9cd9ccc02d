"""Facebook Pages, Graph API, through facebook-sdk.

Protocol of a post: it is created with `published=false` (pictures before it, also unpublished), which nobody sees; its
id goes into memory; then `is_published=true` on that very id makes it visible. That step names its object, so it can be
repeated without a second post, and reading the object tells where one stands. If the creation's answer is lost, the
worst outcome is a draft that nobody ever sees.

Wire facts: Meta's Pages API documentation for v25.0; docs/platforms.md says which call goes through which entry point
of the SDK, and what only a live page could prove.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, ClassVar

import requests

from core.remote import Kind
from platforms import graph, graph_reading
from platforms.base import (
    Absent,
    Ambiguous,
    AppCredentials,
    CannotTell,
    Capabilities,
    Comment,
    Draft,
    Duplicate,
    Feature,
    Found,
    Grant,
    Identity,
    ImageSpec,
    InvalidContent,
    Limits,
    MediaFile,
    Memory,
    Metrics,
    NotAllowed,
    Page,
    Person,
    Published,
    ReadBack,
    Rejected,
    RemoteError,
    Seen,
    Sighting,
    Token,
    Unavailable,
)
from platforms.graph import HOST, WWW, Graph
from platforms.graph_login import Ladder, missing

LOOK_PAGES = 3                          # pages of 100 comments looked through before we say that we cannot tell
AT_ONCE = 50                            # posts whose counts one call may ask for
COMMENT_FIELDS = "id,message,created_time,from{id,name},parent{id},permalink_url,is_hidden"
PAGE_FIELDS = "id,name,username,link,tasks,access_token,picture,instagram_business_account{id,username}"
POST_METRICS = ("post_media_view", "post_total_media_view_unique", "post_clicks")

_IMAGE = ImageSpec(
    formats=("JPEG", "PNG"), max_bytes=4_000_000, ratio_min=0.05, ratio_max=20.0, width_min=1, width_max=2048,
    pixels_max=8192 * 8192,
)


class Facebook:
    """The adapter; see `platforms.base.Adapter` for what each method promises."""

    name: ClassVar[str] = "facebook"
    label: ClassVar[str] = "Facebook"
    features: ClassVar[Feature] = (
        Feature.TEXT | Feature.IMAGE | Feature.CAROUSEL | Feature.ALT_TEXT | Feature.DELETE | Feature.FIND
        | Feature.COMMENTS | Feature.REPLY | Feature.METRICS | Feature.LINK_CARD | Feature.OWN_POSTS | Feature.REREAD
        | Feature.READ_BACK | Feature.EDIT
    )
    limits: ClassVar[Limits] = Limits(
        text_max=63_206, count=len, media_max=10, image=_IMAGE, alt_text_max=1000, reply_max=8000, see_more_at=477,
    )
    scopes: ClassVar[tuple[str, ...]] = (
        "pages_show_list", "pages_manage_posts", "pages_read_engagement", "pages_read_user_content",
        "pages_manage_engagement", "read_insights",
    )
    hosts: ClassVar[Mapping[str, str]] = {"FACEBOOK_GRAPH_URL": HOST, "FACEBOOK_WWW_URL": WWW}
    settings: ClassVar[tuple[str, ...]] = ("FACEBOOK_APP_ID", "FACEBOOK_APP_SECRET")
    rotates: ClassVar[bool] = False

    def __init__(self, *, session: requests.Session, app: AppCredentials, now: Callable[[], datetime]) -> None:
        self.session, self.app, self.now = session, app, now
        self._ladder = Ladder(session, app, now)

    @classmethod
    def capabilities(cls, facts: Mapping[str, Any]) -> Capabilities:
        """What this page may do, by the scopes and page tasks that were granted. Facts that are not known forbid nothing."""
        scopes, tasks, features = facts.get("scopes"), facts.get("tasks"), cls.features
        needs = ((Feature.REPLY, "pages_manage_engagement"), (Feature.EDIT, "pages_manage_posts"), (Feature.COMMENTS, "pages_read_user_content"),
                 (Feature.FIND | Feature.METRICS | Feature.OWN_POSTS | Feature.READ_BACK, "pages_read_engagement"))
        for feature, scope in needs:
            if scopes is not None and scope not in scopes:
                features &= ~feature
        if tasks is not None and "MODERATE" not in tasks:
            features &= ~Feature.REPLY
        return Capabilities(features, cls.limits)

    def _graph(self, who: Identity) -> Graph:
        return Graph(self.session, who.token.access)

    # --- connecting -------------------------------------------------------------------------------------------------

    def authorize_url(self, redirect: str, state: str, verifier: str) -> str:
        """Where the admin signs in and chooses pages. `verifier` is not used: this flow has no PKCE."""
        return self._ladder.authorize_url(redirect, state, self.scopes)

    def exchange(self, code: str, redirect: str, verifier: str) -> Sequence[Grant]:
        """The chosen pages, each with a token that has no end of its own. Raises Unauthorized for a refused code."""
        user = self._ladder.user_token(code, redirect)
        if "pages_show_list" not in user.scopes:
            raise NotAllowed("Without the right to see the list of pages nothing can be connected.", code="permission")
        return [self._grant(page, user) for page in self._ladder.pages(user, PAGE_FIELDS) if page.get("access_token")]

    def _grant(self, page: Mapping[str, Any], user: Token) -> Grant:
        tasks = page.get("tasks")
        facts: dict[str, Any] = {"kind": "page", "username": page.get("username") or "", "scopes": list(user.scopes)}
        if tasks is not None:
            facts["tasks"] = list(tasks)
        if instagram := page.get("instagram_business_account"):
            facts["instagram_id"] = str(instagram["id"])
        picture = ((page.get("picture") or {}).get("data") or {}).get("url") or ""
        url = page.get("link") or self._public(str(page["id"]))
        return Grant(
            external_id=str(page["id"]), name=str(page.get("name") or page["id"]), handle=facts["username"], url=url,
            token=self._ladder.page_token(page, user), facts=facts, missing=missing(self.scopes, user.scopes, tasks),
            picture_url=picture,
        )

    def renew(self, token: Token) -> Token:
        """A page token taken anew from a lengthened user token; needed only where somebody wants to be early."""
        return self._ladder.renewed(token)

    def check(self, who: Identity) -> Mapping[str, Any]:
        """Read the page and ask what the token is worth now. Raises Unauthorized with the reason of its death."""
        page = self._graph(who).read(who.external_id, "id,name,username,link,followers_count")
        facts = {"username": page.get("username") or "", "followers": page.get("followers_count")}
        return {**facts, **self._ladder.health(who)}

    # --- speaking ---------------------------------------------------------------------------------------------------

    def publish(self, who: Identity, draft: Draft, memory: Memory) -> Published:
        """Create the unpublished post, remember it, make it visible. Raises Ambiguous where the last answer was lost."""
        asker, remote_id = self._graph(who), memory.get("post")
        if remote_id:
            state = self._state(asker, remote_id, memory)
            if state.get("is_published"):
                return self._proof(who, remote_id, state)
        else:
            graph.check_draft(draft, self.limits)
            remote_id = self._create(asker, who, draft, memory)
            memory.put("post", remote_id)
        self._reveal(asker, remote_id)
        return self._proof(who, remote_id, self._looked(asker, remote_id))

    def _reveal(self, asker: Graph, remote_id: str) -> None:
        """Make a prepared post visible. "Duplicate" speaks of another post: ours is known by its id, so it is asked."""
        try:
            found = asker.change(Kind.VISIBLE, remote_id, is_published="true")
        except Duplicate as error:
            if asker.read(remote_id, "is_published").get("is_published"):
                return
            raise InvalidContent(error.detail, code="repeated", http_status=error.http_status) from error
        if found.get("success") is not True:
            raise Ambiguous("Facebook did not confirm that the post is up.", code="not_confirmed")

    def _state(self, asker: Graph, remote_id: str, memory: Memory) -> Mapping[str, Any]:
        """Where a post prepared earlier stands. One that was removed meanwhile is not made a second time unasked."""
        try:
            return asker.read(remote_id, "is_published,permalink_url,created_time")
        except Rejected as error:
            if error.code == "gone":
                memory.put("post", "")
            raise

    def _create(self, asker: Graph, who: Identity, draft: Draft, memory: Memory) -> str:
        values: dict[str, str] = {"published": "false"}
        if draft.text:
            values["message"] = draft.text
        if draft.media:
            photos = self._uploaded(asker, who, draft.media, memory)
            values["attached_media"] = json.dumps([{"media_fbid": photo} for photo in photos])
        elif draft.link:
            values["link"] = draft.link
        try:
            return self._id(asker.put(Kind.STAGING, who.external_id, "feed", values))
        except Duplicate as error:          # the remembered photos stand in a post: others are needed
            memory.put("photos", {})
            raise Unavailable("The pictures must be sent to Facebook again.", code="pictures_used") from error

    def _uploaded(self, asker: Graph, who: Identity, media: Sequence[MediaFile], memory: Memory) -> list[str]:
        """Ids of the unpublished photos. Several are remembered, so that a later try sends only what is missing."""
        ready: dict[str, str] = dict(memory.get("photos") or {})
        for index, file in enumerate(media):
            key = f"{index}:{file.sha256}"  # the same picture twice in a post is two photos to Facebook
            if key not in ready:
                ready[key] = self._upload(asker, who, file)
        if len(media) > 1:
            memory.put("photos", ready)
        return [ready[f"{index}:{file.sha256}"] for index, file in enumerate(media)]

    def _upload(self, asker: Graph, who: Identity, file: MediaFile) -> str:
        words = {"alt_text_custom": file.alt_text} if file.alt_text else {}
        return self._id(asker.ask(
            Kind.STAGING,
            lambda: asker.api.put_photo(
                (file.filename, file.read(), file.mime), f"{who.external_id}/photos", published="false", **words
            ),
        ))

    @staticmethod
    def _id(found: Mapping[str, Any]) -> str:
        if not found.get("id"):
            raise Unavailable("Facebook answered without an id.", code="no_id")
        return str(found["id"])

    def _looked(self, asker: Graph, remote_id: str) -> Mapping[str, Any]:
        """The post's address and time. It is up by now, so a failed look must not cost the proof."""
        try:
            return asker.read(remote_id, "permalink_url,created_time")
        except RemoteError:
            return {}

    def _proof(self, who: Identity, remote_id: str, found: Mapping[str, Any]) -> Published:
        at = graph.when(found["created_time"]) if found.get("created_time") else self.now()
        return Published(remote_id, str(found.get("permalink_url") or self._permalink(who, remote_id)), at)

    def _permalink(self, who: Identity, remote_id: str) -> str:
        return self._public(f"{who.external_id}/posts/{remote_id.rpartition('_')[2]}")

    def _public(self, path: str) -> str:
        return str(self.session.door.public(f"{WWW}/{path}"))  # type: ignore[attr-defined]

    def find(self, who: Identity, draft: Draft, since: datetime, memory: Memory, bound: Set[str]) -> Sighting:
        """Read the post that was prepared. Nothing becomes visible before its id is remembered, so without one there is
        nothing to be found."""
        if not (remote_id := memory.get("post")):
            return Absent()
        try:
            state = self._graph(who).read(remote_id, "is_published,permalink_url,created_time")
        except NotAllowed as error:
            return graph.not_shown(error)
        except Rejected as error:
            if error.code != "gone":
                raise
            return CannotTell("The prepared post is no longer on Facebook; somebody may have removed it.")
        return Found(self._proof(who, remote_id, state)) if state.get("is_published") else Absent()

    def delete(self, who: Identity, remote_id: str) -> None:
        """Take the post down; already gone counts as done."""
        self._graph(who).delete(remote_id)

    def exists(self, who: Identity, remote_id: str) -> bool:
        """Whether the post is up."""
        return self._graph(who).is_there(remote_id, who.external_id)

    def edit(self, who: Identity, remote_id: str, text: str) -> None:
        """Other words for a post of ours; its pictures stay. Raises Ambiguous where it was not confirmed."""
        if self._graph(who).change(Kind.VISIBLE, remote_id, message=text).get("success") is not True:
            raise Ambiguous("Facebook did not confirm the new words.", code="not_confirmed")

    def read_back(self, who: Identity, remote_id: str) -> ReadBack:
        """The post as it stands there, with the words of its pictures."""
        return graph_reading.facebook_post(self._graph(who), remote_id)

    def reply(self, who: Identity, thread: str, to: str | None, text: str) -> Published:
        """Answer the comment `to`, or comment our own post `thread` where `to` is None."""
        asker = self._graph(who)
        found = asker.ask(Kind.VISIBLE, lambda: asker.api.put_comment(to or thread, text))
        if not (remote_id := str(found.get("id") or "")):
            raise Ambiguous("Facebook answered without an id.", code="no_id")
        seen = self._looked(asker, remote_id)
        url = f"{self._permalink(who, thread)}?comment_id={remote_id.rpartition('_')[2]}"
        return self._proof(who, remote_id, {"permalink_url": url, **seen})

    def find_reply(
        self, who: Identity, thread: str, to: str | None, text: str, since: datetime, bound: Set[str]
    ) -> Sighting:
        """Look among the post's newest comments for ours. Facebook hangs an answer to an answer on the root comment."""
        asker, start = self._graph(who), since - graph.SKEW
        options = {"filter": "stream", "order": "reverse_chronological", "fields": COMMENT_FIELDS, "limit": 100}
        try:
            above = self._above(asker, to)
            for items, more in asker.pages(thread, "comments", LOOK_PAGES, **options):
                for item in items:
                    if str(item["id"]) not in bound and self._is_ours(item, who, above, text, start):
                        return Found(self._proof(who, str(item["id"]), item))
                if not more or (items and graph.when(items[-1].get("created_time")) < start):
                    return Absent()
        except NotAllowed as error:
            return graph.not_shown(error)
        return CannotTell("Too many comments in that time to look through.")

    def _above(self, asker: Graph, to: str | None) -> set[str]:
        """What an answer to `to` may hang on: the comment itself or its root; nothing for an answer to the post."""
        if to is None:
            return {""}
        try:
            root = (asker.read(to, "parent{id}").get("parent") or {}).get("id")
        except Rejected as error:
            if error.code != "gone":
                raise
            root = None                 # answered and then removed: our answer, if any, went with it
        return {to, str(root or to)}

    @staticmethod
    def _is_ours(item: Mapping[str, Any], who: Identity, above: Set[str], text: str, start: datetime) -> bool:
        parent = str((item.get("parent") or {}).get("id") or "")
        author = str((item.get("from") or {}).get("id") or "")
        return (
            author == who.external_id and parent in above and graph.when(item.get("created_time")) >= start
            and graph.same_words(str(item.get("message") or ""), text)
        )

    def own_posts(self, who: Identity, since: datetime) -> Sequence[Seen]:
        """What stands on the page since then, newest first: /{page}/published_posts."""
        found = self._graph(who).edge(
            who.external_id, "published_posts", fields="id,message,permalink_url,created_time", limit=50,
            since=int(since.timestamp()),
        )  # fmt: skip
        return [
            Seen(str(item["id"]), str(item.get("message") or ""), str(item.get("permalink_url") or self._permalink(who, str(item["id"]))),
                 graph.when(item.get("created_time")))
            for item in found.get("data") or []
        ]  # fmt: skip

    # --- listening --------------------------------------------------------------------------------------------------

    def comments(self, who: Identity, thread: str, cursor: str | None) -> Page[Comment]:
        """Comments and answers of a post, flat, oldest first. A cursor that Facebook no longer knows begins anew."""
        options = {"filter": "stream", "order": "chronological", "fields": COMMENT_FIELDS, "limit": 100}
        try:
            found = self._graph(who).edge(thread, "comments", **options, **({"after": cursor} if cursor else {}))
        except Rejected as error:
            if not cursor or error.code != "invalid":
                raise
            found = self._graph(who).edge(thread, "comments", **options)
        after, more = graph.cursor_of(found)
        items = tuple(self._comment(item, thread, who) for item in found.get("data") or [])
        return Page(items, cursor=after or cursor, more=more, whole=True)

    @staticmethod
    def _comment(item: Mapping[str, Any], thread: str, who: Identity) -> Comment:
        author = item.get("from") or {}     # absent where the person hides it from apps
        return Comment(
            remote_id=str(item["id"]), thread=thread, text=str(item.get("message") or ""),
            author=Person(str(author.get("id") or ""), str(author.get("name") or "Somebody on Facebook")),
            at=graph.when(item.get("created_time")), parent=(item.get("parent") or {}).get("id"),
            is_ours=str(author.get("id") or "") == who.external_id, hidden=bool(item.get("is_hidden")),
        )

    def pressure(self) -> timedelta | None:
        """Meta counts in per cent of a budget; nearly spent means a pause, since calls while throttled prolong it."""
        last = self.session.door.last  # type: ignore[attr-defined]
        return graph.pressure(last) if last else None

    def metrics(self, who: Identity, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Counts and views; posts that are gone are left out. Views are None where the page may not see them."""
        asker, found = self._graph(who), {}
        for first in range(0, len(remote_ids), AT_ONCE):
            counts = self._counts(asker, list(remote_ids[first : first + AT_ONCE]))
            for remote_id, told in counts.items():
                seen = graph.insights(asker, remote_id, POST_METRICS)
                found[remote_id] = Metrics(
                    impressions=seen.get("post_media_view"), reach=seen.get("post_total_media_view_unique"),
                    clicks=seen.get("post_clicks"), likes=_total(told, "reactions"), comments=_total(told, "comments"),
                    shares=int((told.get("shares") or {}).get("count") or 0),
                )
        return found

    def _counts(self, asker: Graph, some: list[str]) -> dict[str, Mapping[str, Any]]:
        """Counts of many posts in one call. One that is gone fails the whole call, so then they are asked in halves."""
        wanted = "shares,comments.limit(0).summary(true),reactions.limit(0).summary(total_count)"
        try:
            return asker.ask(Kind.READ, lambda: asker.api.get_objects(some, fields=wanted))
        except Rejected as error:
            if error.code != "gone":
                raise
        if len(some) == 1:
            return {}
        half = len(some) // 2
        return {**self._counts(asker, some[:half]), **self._counts(asker, some[half:])}


def _total(told: Mapping[str, Any], edge: str) -> int | None:
    return ((told.get(edge) or {}).get("summary") or {}).get("total_count")


ADAPTER = Facebook
