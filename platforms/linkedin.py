"""LinkedIn, the versioned REST API, through python-linkedin-v2.

Protocol of a post: pictures are uploaded (invisible, may be repeated), their URNs and the very body are put into
memory, then `POST /rest/posts` makes it visible. No idempotency key exists, but the identical body sent again within
about ten minutes is refused with the URN of the first. An organisation's posts can be listed; a member's cannot, so
there the repeated body is the only way to learn, and after that time a person decides.

Wire facts: LinkedIn's Posts, Images, Comments and Share statistics documentation of 2026; docs/platforms.md says which
call goes through which entry point of the package, and what only a live account could prove.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from core.errors import Ambiguous, Duplicate, MediaRefused, NotAllowed, Rejected, Unavailable
from core.remote import Kind
from platforms import linkedin_words as words
from platforms.asking import fields, peek
from platforms.base import (
    Absent,
    CannotTell,
    Capabilities,
    Comment,
    Draft,
    Feature,
    Found,
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
)
from platforms.counting import escape_little
from platforms.linkedin_account import ALL_SCOPES, REST, AccountSide
from platforms.linkedin_sdk import API, WWW

REPEAT_WITHIN = timedelta(minutes=8)    # the network refuses an identical body for about ten
SKEW = timedelta(seconds=60)            # our clock against LinkedIn's
POSTS_AT_ONCE, PAGES_MAX, OVERLAP = 50, 4, 3
COMMENTS_AT_ONCE = 50
METRICS_AT_ONCE = 20

_READ_OWN = (
    Feature.FIND | Feature.COMMENTS | Feature.REPLY | Feature.METRICS | Feature.OWN_POSTS | Feature.READ_BACK
)
_IMAGE = ImageSpec(
    formats=("JPEG", "PNG", "GIF"), max_bytes=5_000_000, ratio_min=0.05, ratio_max=20.0,
    width_min=1, width_max=4096, pixels_max=36_152_319,
)


class LinkedIn(AccountSide):
    """The adapter; see `platforms.base.Adapter` for what each method promises."""

    name: ClassVar[str] = "linkedin"
    label: ClassVar[str] = "LinkedIn"
    features: ClassVar[Feature] = (
        Feature.TEXT | Feature.IMAGE | Feature.CAROUSEL | Feature.ALT_TEXT | Feature.DELETE | Feature.LINK_CARD
        | Feature.RENEW | Feature.EDIT | _READ_OWN
    )
    limits: ClassVar[Limits] = Limits(
        text_max=3000, count=len, media_max=20, image=_IMAGE, alt_text_max=4086, reply_max=1250,
        publishes_per_day=None, see_more_at=210,
    )
    scopes: ClassVar[tuple[str, ...]] = ALL_SCOPES
    hosts: ClassVar[Mapping[str, str]] = {"LINKEDIN_API_URL": API, "LINKEDIN_WWW_URL": WWW}
    settings: ClassVar[tuple[str, ...]] = ("LINKEDIN_CLIENT_ID", "LINKEDIN_CLIENT_SECRET")
    rotates: ClassVar[bool] = False

    @classmethod
    def capabilities(cls, facts: Mapping[str, Any]) -> Capabilities:
        """A member may publish and delete and nothing else; an organisation what its admin granted."""
        features, limits = cls.features, cls.limits
        granted = facts.get("scopes")
        if facts.get("kind") == "member":
            features &= ~(_READ_OWN | Feature.EDIT)
            limits = replace(limits, publishes_per_day=150)
        elif granted and "r_organization_social" not in granted:
            features &= ~(_READ_OWN & ~Feature.REPLY)
        if granted and "w_organization_social" not in granted:
            features &= ~Feature.EDIT
        if granted and "w_organization_social_feed" not in granted:
            features &= ~Feature.REPLY
        if facts.get("app") == "self_serve":
            features &= ~Feature.RENEW
        return Capabilities(features, limits)

    # --- speaking ---------------------------------------------------------------------------------------------------

    def publish(self, who: Identity, draft: Draft, memory: Memory) -> Published:
        """Upload what is missing, remember URNs and body, then post.

        Sent again with the same memory, the body is the same to the byte. Where memory says that an earlier attempt of
        this delivery is unresolved, a refusal that names a post is the answer to it and is adopted.
        """
        body = self._body(who, draft, memory)
        try:
            kept = self._call(Kind.VISIBLE, who.token.access, "POST", f"{REST}/posts", data=body.encode())
        except Duplicate as duplicate:
            if memory.get("unresolved") and duplicate.remote_id:
                return Published(duplicate.remote_id, self._permalink(duplicate.remote_id), self.now())
            raise
        except MediaRefused as refused:
            raise self._forget_pictures(memory, refused) from None
        headers = {str(name).lower(): str(value) for name, value in kept.headers.items()}
        urn = headers.get("x-restli-id") or headers.get("x-linkedin-id") or ""
        if not urn.startswith("urn:"):
            raise Ambiguous("LinkedIn answered without an id.", code="no_id", http_status=kept.status)
        return Published(urn, self._permalink(urn), self.now())

    def _forget_pictures(self, memory: Memory, refused: MediaRefused) -> Exception:
        """Pictures LinkedIn refused are not used again; those it merely lost are uploaded once more."""
        kept = dict(memory.get("post") or {})
        again = refused.code == "media_unknown" and not kept.get("again")
        memory.put("post", {**kept, "images": {}, "body": "", "again": again or bool(kept.get("again"))})
        if not again:
            return refused
        return Unavailable("LinkedIn no longer knows the uploaded pictures; they will be uploaded again.",
                           code="media_unknown", http_status=refused.http_status)

    def _body(self, who: Identity, draft: Draft, memory: Memory) -> str:
        """The JSON to send: the one in memory where it was made for this very draft, else a new one."""
        made_for = hashlib.sha256(repr((
            self._urn(who), draft.text, draft.link, sorted(draft.options.items()),
            [(file.sha256, file.alt_text) for file in draft.media],
        )).encode()).hexdigest()
        kept = memory.get("post") or {}
        if kept.get("for") == made_for and kept.get("body"):
            return str(kept["body"])
        images: dict[str, str] = dict(kept.get("images") or {})
        for file in draft.media:
            if file.sha256 not in images:
                images[file.sha256] = self._upload(who, file)
        body = json.dumps(self._post(who, draft, images), ensure_ascii=False, separators=(",", ":"))
        seen = [*dict.fromkeys([*kept.get("seen", []), *images.values()])]
        memory.put("post", {**kept, "for": made_for, "images": images, "seen": seen, "body": body})
        return body

    def _post(self, who: Identity, draft: Draft, images: Mapping[str, str]) -> dict[str, Any]:
        post: dict[str, Any] = {
            "author": self._urn(who),
            "commentary": escape_little(draft.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        shown = [
            {"id": images[file.sha256], **({"altText": file.alt_text} if file.alt_text else {})} for file in draft.media
        ]
        if len(shown) == 1:
            post["content"] = {"media": shown[0]}
        elif shown:
            post["content"] = {"multiImage": {"images": shown}}
        elif draft.link and draft.options.get("link_title"):      # LinkedIn reads no page: without a title no card
            card = {"source": draft.link, "title": str(draft.options["link_title"])}
            if draft.options.get("link_description"):
                card["description"] = str(draft.options["link_description"])
            post["content"] = {"article": card}
        return post

    def _upload(self, who: Identity, file: MediaFile) -> str:
        """One picture; its URN."""
        url = f"{REST}/images?action=initializeUpload"
        asked = {"initializeUploadRequest": {"owner": self._urn(who)}}
        value = fields(self._call(Kind.STAGING, who.token.access, "POST", url, data=asked)).get("value") or {}
        if not value.get("uploadUrl") or not value.get("image"):
            raise Unavailable("LinkedIn named no place for the picture.", code="unreadable_answer")
        self._call(
            Kind.STAGING, who.token.access, "PUT", str(value["uploadUrl"]), data=file.read(),
            headers={"Content-Type": file.mime or "application/octet-stream"},
        )
        return str(value["image"])

    def find(self, who: Identity, draft: Draft, since: datetime, memory: Memory, bound: Set[str]) -> Sighting:
        """An organisation's post of an attempt begun at `since`; a member's cannot be listed."""
        if self._is_member(who):
            return CannotTell("LinkedIn does not list a member's posts.", REPEAT_WITHIN)
        start, doubt, offset = since - SKEW, False, 0
        urns = set((memory.get("post") or {}).get("seen", []))
        for _ in range(PAGES_MAX):
            try:
                page = self._posts(who, offset)
            except NotAllowed:
                return CannotTell("LinkedIn does not let this app list the page's posts.", REPEAT_WITHIN)
            elements = page.get("elements") or []
            for post in elements:
                at = words.moment(post.get("createdAt")) or start
                if str(post.get("id")) in bound or at < start:
                    continue
                same = words.is_post(post, draft, urns)
                if same:
                    return Found(Published(str(post["id"]), self._permalink(str(post["id"])), at))
                doubt = doubt or same is None
            if not words.has_more(page, POSTS_AT_ONCE) or words.reaches_back(elements, start):
                why = "A post with the same words is there, but nothing proves that it is this one."
                return CannotTell(why, REPEAT_WITHIN) if doubt else Absent()
            offset += max(1, len(elements) - OVERLAP)
        return CannotTell("Too many posts in that time to look through.", REPEAT_WITHIN)

    def _posts(self, who: Identity, offset: int) -> dict[str, Any]:
        query = {"q": "author", "author": self._urn(who), "start": offset, "count": POSTS_AT_ONCE, "sortBy": "CREATED"}
        return self._read(who, f"{REST}/posts?{urlencode(query)}", "FINDER")

    def delete(self, who: Identity, remote_id: str) -> None:
        """Take the post down; already gone counts as done."""
        try:
            self._call(
                Kind.VISIBLE, who.token.access, "DELETE", f"{REST}/posts/{quote(remote_id, safe='')}",
                headers={"X-RestLi-Method": "DELETE"},
            )
        except Rejected as error:
            if error.code != "gone":
                raise

    def exists(self, who: Identity, remote_id: str) -> bool:
        """Whether the post is up. Raises NotAllowed for members, whose posts no app may read."""
        try:
            self._read(who, f"{REST}/posts/{quote(remote_id, safe='')}")
        except Rejected as error:
            if error.code == "gone":
                return False
            raise
        return True

    def edit(self, who: Identity, remote_id: str, text: str) -> None:
        """Other words for a post; its pictures stay. LinkedIn answers 204 and shows that it was edited."""
        change = {"patch": {"$set": {"commentary": escape_little(text)}}}
        self._call(
            Kind.VISIBLE, who.token.access, "POST", f"{REST}/posts/{quote(remote_id, safe='')}", data=change,
            headers={"X-RestLi-Method": "PARTIAL_UPDATE"},
        )

    def read_back(self, who: Identity, remote_id: str) -> ReadBack:
        """The post as it stands there. Only organisations' posts may be read."""
        found = self._read(who, f"{REST}/posts/{quote(remote_id, safe='')}")
        content = found.get("content") or {}
        single = [content["media"]] if content.get("media") else []
        pictures = (content.get("multiImage") or {}).get("images") or single
        return ReadBack(words.readable(str(found.get("commentary") or "")), tuple(one.get("altText") for one in pictures))

    # --- answering --------------------------------------------------------------------------------------------------

    def reply(self, who: Identity, thread: str, to: str | None, text: str) -> Published:
        """Answer the comment `to`, or comment our own post `thread`. Comments are plain text, not little text."""
        body = {"actor": self._urn(who), "object": thread, "message": {"text": text}}
        if to:
            body["parentComment"] = to
        kept = self._call(
            Kind.VISIBLE, who.token.access, "POST", self._comments_url(to or thread), data=body
        )
        headers = {str(name).lower(): str(value) for name, value in kept.headers.items()}
        found = {"id": headers.get("x-restli-id"), **(peek(kept) or {})}
        if not found.get("id"):
            raise Ambiguous("LinkedIn answered without an id.", code="no_id", http_status=kept.status)
        return self._as_published(found, thread)

    def _as_published(self, element: Mapping[str, Any], thread: str) -> Published:
        urn = words.comment_urn(element, thread)
        at = words.moment((element.get("created") or {}).get("time")) or self.now()
        return Published(urn, f"{self._permalink(thread)}?{urlencode({'commentUrn': urn})}", at)

    @staticmethod
    def _comments_url(urn: str) -> str:
        return f"{REST}/socialActions/{quote(urn, safe='')}/comments"

    def _comment_pages(self, who: Identity, urn: str) -> tuple[list[dict[str, Any]], bool]:
        """All comments directly under `urn`, and whether that is all of them."""
        found: list[dict[str, Any]] = []
        for _ in range(PAGES_MAX):
            query = urlencode({"start": len(found), "count": COMMENTS_AT_ONCE})
            page = self._read(who, f"{self._comments_url(urn)}?{query}")
            found += page.get("elements") or []
            if not words.has_more(page, COMMENTS_AT_ONCE) or not page.get("elements"):
                return found, True
        return found, False

    def find_reply(
        self, who: Identity, thread: str, to: str | None, text: str, since: datetime, bound: Set[str]
    ) -> Sighting:
        """Our answer to `to` (or to `thread`) begun at `since`."""
        try:
            elements, complete = self._comment_pages(who, to or thread)
        except NotAllowed:
            return CannotTell("LinkedIn does not let this app list the comments.")
        for element in elements:
            at = words.moment((element.get("created") or {}).get("time"))
            said = str((element.get("message") or {}).get("text") or "")
            if element.get("actor") != self._urn(who) or (at and at < since - SKEW):
                continue
            if words.comment_urn(element, thread) not in bound and words.comparable(said) == words.comparable(text):
                return Found(self._as_published(element, thread))
        return Absent() if complete else CannotTell("Too many comments to look through.")

    def own_posts(self, who: Identity, since: datetime) -> Sequence[Seen]:
        """An organisation's posts since then, newest first: /rest/posts?q=author."""
        seen = [
            Seen(str(item["id"]), words.readable(str(item.get("commentary") or "")), self._permalink(str(item["id"])), at)
            for item in self._posts(who, 0).get("elements") or []
            if item.get("lifecycleState", "PUBLISHED") == "PUBLISHED" and (at := words.moment(item.get("createdAt")))
        ]
        return [one for one in seen if one.at >= since]

    # --- listening --------------------------------------------------------------------------------------------------

    def comments(self, who: Identity, thread: str, cursor: str | None) -> Page[Comment]:
        """Comments under our post with the answers beneath each. LinkedIn pages by number and cannot say what is new,
        so each round begins at the first again; comments seen twice have the same id."""
        start = int(cursor) if cursor and cursor.isdigit() else 0
        query = urlencode({"start": start, "count": COMMENTS_AT_ONCE})
        page = self._read(who, f"{self._comments_url(thread)}?{query}")
        us, our_name, items, whole = self._urn(who), str(who.facts.get("name") or ""), [], True
        for element in page.get("elements") or []:
            top = words.comment(element, thread, us, our_name)
            items.append(top)
            if (element.get("commentsSummary") or {}).get("aggregatedTotalComments"):
                beneath, all_of_them = self._comment_pages(who, top.remote_id)
                whole = whole and all_of_them
                items += [words.comment(some, thread, us, our_name, top.remote_id) for some in beneath]
        elements = page.get("elements") or []
        more = bool(elements) and words.has_more(page, COMMENTS_AT_ONCE)
        return Page(tuple(items), cursor=str(start + len(elements)) if more else None, more=more, whole=whole)

    def pressure(self) -> timedelta | None:
        """LinkedIn names no budget in its headers, so its own refusal is what counts."""
        return None

    def metrics(self, who: Identity, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Figures of an organisation's posts. LinkedIn leaves out posts nobody has met yet; so do we."""
        figures: dict[str, Metrics] = {}
        for name, kind in (("shares", ":share:"), ("ugcPosts", ":ugcPost:")):
            urns = [urn for urn in remote_ids if kind in urn]
            for first in range(0, len(urns), METRICS_AT_ONCE):
                asked = ",".join(quote(urn, safe="") for urn in urns[first : first + METRICS_AT_ONCE])
                page = self._read(
                    who,
                    f"{REST}/organizationalEntityShareStatistics?q=organizationalEntity"
                    f"&organizationalEntity={quote(self._urn(who), safe='')}&{name}=List({asked})",
                )
                for item in page.get("elements") or []:
                    urn = str(item.get("share") or item.get("ugcPost") or "")
                    figures[urn] = words.figures(item.get("totalShareStatistics") or {})
        return figures


ADAPTER = LinkedIn
