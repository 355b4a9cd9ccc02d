"""Instagram business and creator accounts by way of Facebook Login, through facebook-sdk.

A post is a container that Instagram fills by fetching our pictures; publishing it is the one visible step, and the
container tells afterwards whether it happened (platforms/instagram_container.py). The account is reached with the token
of the Facebook Page it is tied to. `platforms/instagram_login.py` is the same by Instagram's own sign-in.

Wire facts: Meta's Instagram Platform documentation for v25.0; docs/platforms.md says which call goes through which
entry point of the SDK, and what only a live account could prove.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import requests

from core.remote import Kind
from platforms import counting, graph, graph_reading
from platforms.base import (
    Absent,
    Accepted,
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
    InvalidContent,
    Limits,
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
    Unsupported,
)
from platforms.graph import HOST, WWW, Graph
from platforms.graph_login import Ladder, missing
from platforms.instagram_container import LOOK_PAGES, Containers

INSTAGRAM_WWW = "https://www.instagram.com"
PAGE_FIELDS = (
    "id,name,access_token,tasks,instagram_business_account{id,username,name,profile_picture_url,followers_count}"
)
PLAIN_FIELDS = "id,text,timestamp,username,hidden,parent_id"
COMMENT_FIELDS = f"{PLAIN_FIELDS},from{{id,username}},replies.limit(50){{{PLAIN_FIELDS},from{{id,username}}}}"
FIGURES = ("views", "reach", "likes", "comments", "shares")

_IMAGE = ImageSpec(
    formats=("JPEG",), max_bytes=8_000_000, ratio_min=0.8, ratio_max=1.91, width_min=320, width_max=1440,
    pixels_max=1440 * 1800,
)


class Instagram:
    """The adapter; see `platforms.base.Adapter` for what each method promises."""

    name: ClassVar[str] = "instagram"
    label: ClassVar[str] = "Instagram"
    features: ClassVar[Feature] = (
        Feature.IMAGE | Feature.CAROUSEL | Feature.ALT_TEXT | Feature.DELETE | Feature.FIND | Feature.COMMENTS
        | Feature.REPLY | Feature.METRICS | Feature.OWN_POSTS | Feature.READ_BACK
    )
    limits: ClassVar[Limits] = Limits(
        text_max=2200, count=len, media_max=10, image=_IMAGE, alt_text_max=1000, reply_max=300, media_required=True,
        same_ratio=True, hashtags_max=30, mentions_max=20, publishes_per_day=100, link_in_text=False, see_more_at=125,
    )
    scopes: ClassVar[tuple[str, ...]] = (
        "instagram_basic", "instagram_content_publish", "instagram_manage_comments", "instagram_manage_insights",
        "instagram_manage_contents", "pages_show_list", "pages_read_engagement",
    )
    hosts: ClassVar[Mapping[str, str]] = {
        "FACEBOOK_GRAPH_URL": HOST, "FACEBOOK_WWW_URL": WWW, "INSTAGRAM_WWW_URL": INSTAGRAM_WWW,
    }
    settings: ClassVar[tuple[str, ...]] = ("INSTAGRAM_APP_ID", "INSTAGRAM_APP_SECRET")
    rotates: ClassVar[bool] = False
    # feature -> the scope without which it is not there
    needs: ClassVar[Mapping[Feature, str]] = {
        Feature.DELETE: "instagram_manage_contents", Feature.COMMENTS | Feature.REPLY: "instagram_manage_comments",
    }

    def __init__(self, *, session: requests.Session, app: AppCredentials, now: Callable[[], datetime]) -> None:
        self.session, self.app, self.now = session, app, now
        self._ladder = Ladder(session, app, now)

    @classmethod
    def capabilities(cls, facts: Mapping[str, Any]) -> Capabilities:
        """What this account may do, by the scopes granted and the daily number Instagram told. Unknown forbids nothing."""
        features, limits, scopes = cls.features, cls.limits, facts.get("scopes")
        for feature, scope in cls.needs.items():
            if scopes is not None and scope not in scopes:
                features &= ~feature
        if most := facts.get("publishes_per_day"):
            limits = replace(limits, publishes_per_day=int(most))
        return Capabilities(features, limits)

    def _graph(self, who: Identity) -> Graph:
        return Graph(self.session, who.token.access)

    def _containers(self, who: Identity, memory: Memory) -> Containers:
        return Containers(self._graph(who), who.external_id, memory, self.now)

    # --- connecting -------------------------------------------------------------------------------------------------

    def authorize_url(self, redirect: str, state: str, verifier: str) -> str:
        """Where the admin signs in with Facebook and chooses pages. `verifier` is not used: this flow has no PKCE."""
        return self._ladder.authorize_url(redirect, state, self.scopes)

    def exchange(self, code: str, redirect: str, verifier: str) -> Sequence[Grant]:
        """The Instagram accounts behind the chosen pages. Raises Unauthorized for a refused code."""
        user = self._ladder.user_token(code, redirect)
        if "pages_show_list" not in user.scopes:
            raise NotAllowed("Without the right to see the list of pages nothing can be connected.", code="permission")
        pages = self._ladder.pages(user, PAGE_FIELDS)
        return [self._grant(page, user) for page in pages
                if page.get("access_token") and page.get("instagram_business_account")]

    def _grant(self, page: Mapping[str, Any], user: Token) -> Grant:
        found, tasks = page["instagram_business_account"], page.get("tasks")
        handle = str(found.get("username") or "")
        facts: dict[str, Any] = {
            "kind": "business", "username": handle, "instagram_page_id": str(page["id"]), "scopes": list(user.scopes),
            "login": "facebook",
        }
        return Grant(
            external_id=str(found["id"]), name=str(found.get("name") or handle), handle=handle,
            url=self._profile(handle), token=self._ladder.page_token(page, user), facts=facts,
            missing=missing(self.scopes, user.scopes, tasks), picture_url=str(found.get("profile_picture_url") or ""),
        )

    def renew(self, token: Token) -> Token:
        """A page token taken anew from a lengthened user token; needed only where somebody wants to be early."""
        return self._ladder.renewed(token)

    def check(self, who: Identity) -> Mapping[str, Any]:
        """Read the account, its daily number of posts, and ask what the token is worth now."""
        return {**self._seen(who), **self._ladder.health(who)}

    def _seen(self, who: Identity) -> dict[str, Any]:
        asker = self._graph(who)
        found = asker.read(who.external_id, "id,username,name,followers_count")
        facts: dict[str, Any] = {"username": found.get("username") or "", "followers": found.get("followers_count")}
        quota = asker.edge(who.external_id, "content_publishing_limit", fields="quota_usage,config").get("data") or [{}]
        if total := (quota[0].get("config") or {}).get("quota_total"):
            facts |= {"publishes_per_day": int(total), "published_today": int(quota[0].get("quota_usage") or 0)}
        return facts

    # --- speaking ---------------------------------------------------------------------------------------------------

    def publish(self, who: Identity, draft: Draft, memory: Memory) -> Published | Accepted:
        """Prepare the container, remember it, publish it. Raises Ambiguous where only the container can tell."""
        if media := memory.get("media"):
            return self._proof(who, media)
        self._check(draft)
        containers = self._containers(who, memory)
        container = containers.ready(draft)
        if isinstance(container, Accepted):
            return container
        media = containers.publish(container)
        if isinstance(media, Accepted):
            return media
        memory.put("media", media)
        return self._proof(who, media)

    def _check(self, draft: Draft) -> None:
        graph.check_draft(draft, self.limits)
        tags, people = len(counting.hashtags(draft.text)), len(counting.mentions(draft.text))
        if tags > (self.limits.hashtags_max or 0):
            raise InvalidContent("A caption has at most 30 hashtags.", code="too_many_hashtags")
        if people > (self.limits.mentions_max or 0):
            raise InvalidContent("A caption has at most 20 mentions.", code="too_many_mentions")

    def _proof(self, who: Identity, media: str) -> Published:
        """Address and time of a post. It is up, so a failed look must not cost the proof."""
        try:
            found = self._graph(who).read(media, "permalink,timestamp")
        except RemoteError:
            found = {}
        at = graph.when(found["timestamp"]) if found.get("timestamp") else self.now()
        return Published(media, str(found.get("permalink") or self._profile(self._handle(who))), at)

    @staticmethod
    def _handle(who: Identity) -> str:
        return (who.handle or str(who.facts.get("username") or "")).lstrip("@")

    def _profile(self, handle: str) -> str:
        return str(self.session.door.public(f"{INSTAGRAM_WWW}/{handle}/"))  # type: ignore[attr-defined]

    def find(self, who: Identity, draft: Draft, since: datetime, memory: Memory, bound: Set[str]) -> Sighting:
        """Ask the container, and where it was published find the post in the account's list."""
        if media := memory.get("media"):
            if self.exists(who, media):
                return Found(self._proof(who, media))
            return CannotTell("The post was up and is gone; somebody may have removed it.")
        try:
            return self._containers(who, memory).sighting(draft, since, bound)
        except NotAllowed as error:
            return graph.not_shown(error)

    def delete(self, who: Identity, remote_id: str) -> None:
        """Take the post down; already gone counts as done."""
        self._graph(who).delete(remote_id)

    def exists(self, who: Identity, remote_id: str) -> bool:
        """Whether the post is up."""
        return self._graph(who).is_there(remote_id, who.external_id)

    def edit(self, who: Identity, remote_id: str, text: str) -> None:
        """Instagram changes no caption once it is published."""
        raise Unsupported("edit")

    def read_back(self, who: Identity, remote_id: str) -> ReadBack:
        """The post as it stands there, with the words of its pictures."""
        return graph_reading.instagram_post(self._graph(who), remote_id)

    def reply(self, who: Identity, thread: str, to: str | None, text: str) -> Published:
        """Answer the comment `to`, or comment our own post `thread`. No `fields` here: Instagram would take the comment
        and then answer with an error."""
        name, edge = (to, "replies") if to else (thread, "comments")
        found = self._graph(who).put(Kind.VISIBLE, name, edge, {"message": text})
        if not found.get("id"):
            raise Ambiguous("Instagram answered without an id.", code="no_id")
        return Published(str(found["id"]), self._proof(who, thread).url, self.now())

    def find_reply(
        self, who: Identity, thread: str, to: str | None, text: str, since: datetime, bound: Set[str]
    ) -> Sighting:
        """Look for our answer among those of the root comment (where Instagram hangs all), or of the post."""
        asker, start = self._graph(who), since - graph.SKEW
        try:
            name, edge = (self._root(asker, to), "replies") if to else (thread, "comments")
            for items, more in asker.pages(name, edge, LOOK_PAGES, fields=PLAIN_FIELDS, limit=50):
                for item in items:
                    if str(item["id"]) not in bound and self._is_ours(item, who, text, start):
                        url = self._proof(who, thread).url
                        return Found(Published(str(item["id"]), url, graph.when(item.get("timestamp"))))
                if not more:
                    return Absent()
        except NotAllowed as error:
            return graph.not_shown(error)
        except Rejected as error:
            if error.code != "gone":
                raise
            return CannotTell("The comment that was answered is gone.")
        return CannotTell("Too many comments to look through.")

    @staticmethod
    def _root(asker: Graph, comment: str) -> str:
        return str(asker.read(comment, "parent_id").get("parent_id") or comment)

    def _is_ours(self, item: Mapping[str, Any], who: Identity, text: str, start: datetime) -> bool:
        return (
            str(item.get("username") or "").lower() == self._handle(who).lower()
            and graph.when(item.get("timestamp")) >= start and graph.same_words(str(item.get("text") or ""), text)
        )

    def own_posts(self, who: Identity, since: datetime) -> Sequence[Seen]:
        """What stands in the profile since then, newest first: /{ig-user}/media, which cannot be asked for a time."""
        found = self._graph(who).edge(who.external_id, "media", fields="id,caption,permalink,timestamp", limit=50)
        seen = [
            Seen(str(item["id"]), str(item.get("caption") or ""), str(item.get("permalink") or self._profile(self._handle(who))),
                 graph.when(item.get("timestamp")))
            for item in found.get("data") or []
        ]  # fmt: skip
        return [one for one in seen if one.at >= since]

    # --- listening --------------------------------------------------------------------------------------------------

    def comments(self, who: Identity, thread: str, cursor: str | None) -> Page[Comment]:
        """Comments with their answers, newest first. After the last page the cursor is None: since an answer may come
        to any old comment, the list is read from its beginning each time."""
        options, whole = {"limit": 50, **({"after": cursor} if cursor else {})}, True
        try:
            found = self._graph(who).edge(thread, "comments", fields=COMMENT_FIELDS, **options)
        except (NotAllowed, InvalidContent):
            # Without the right to manage comments Instagram refuses whole calls that ask for authors and answers.
            found, whole = self._graph(who).edge(thread, "comments", fields=PLAIN_FIELDS, **options), False
        items: list[Comment] = []
        for item in found.get("data") or []:
            items.append(self._comment(item, thread, None, who))
            answers = (item.get("replies") or {}).get("data") or []
            whole = whole and not graph.cursor_of(item.get("replies") or {})[1]
            items += [self._comment(answer, thread, str(item["id"]), who) for answer in answers]
        after, more = graph.cursor_of(found)
        return Page(tuple(items), cursor=after if more else None, more=more, whole=whole)

    def _comment(self, item: Mapping[str, Any], thread: str, parent: str | None, who: Identity) -> Comment:
        handle = str((item.get("from") or {}).get("username") or item.get("username") or "")
        author = Person(str((item.get("from") or {}).get("id") or ""), handle or "Somebody on Instagram", handle)
        return Comment(
            remote_id=str(item["id"]), thread=thread, author=author, text=str(item.get("text") or ""),
            at=graph.when(item.get("timestamp")), parent=parent, hidden=bool(item.get("hidden")),
            is_ours=author.remote_id == who.external_id or handle.lower() == self._handle(who).lower(),
        )

    def pressure(self) -> timedelta | None:
        """Meta counts in per cent of a budget; nearly spent means a pause, since calls while throttled prolong it."""
        last = self.session.door.last  # type: ignore[attr-defined]
        return graph.pressure(last) if last else None

    def metrics(self, who: Identity, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Figures of each post, up to 48 hours old; posts that are gone are left out."""
        asker, told = self._graph(who), {}
        for remote_id in remote_ids:
            try:
                seen = graph.insights(asker, remote_id, FIGURES) or self._counts(asker, remote_id)
            except Rejected as error:
                if error.code != "gone":
                    raise
                continue
            told[remote_id] = Metrics(impressions=seen.get("views"), reach=seen.get("reach"), likes=seen.get("likes"),
                                      comments=seen.get("comments"), shares=seen.get("shares"))
        return told

    @staticmethod
    def _counts(asker: Graph, remote_id: str) -> dict[str, int]:
        """What is told without the right to see insights."""
        found = asker.read(remote_id, "like_count,comments_count")
        return {name: int(found[field]) for name, field in (("likes", "like_count"), ("comments", "comments_count"))
                if found.get(field) is not None}


ADAPTER = Instagram
