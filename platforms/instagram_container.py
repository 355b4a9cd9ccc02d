"""Instagram's containers: a post is prepared invisibly, and its container then tells whether it was published.

The container is the idempotency token: it can be published once and never again, and its state says what became of a
publishing step whose answer was lost. So its id is remembered before that step, the same container is always used
again, and a second one is made only when the first can no longer be published. Django-free.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.remote import Kept, Kind
from platforms import graph
from platforms.base import (
    Absent,
    Accepted,
    Ambiguous,
    CannotTell,
    Draft,
    Found,
    MediaFile,
    MediaRefused,
    Memory,
    Published,
    Rejected,
    RemoteError,
    Sighting,
    Unavailable,
)
from platforms.graph import Graph

PAUSES_S = (0.2, 0.5, 0.9)              # between looks at a container, so that pictures are done within one visit
LOOK_AGAIN = timedelta(seconds=5)
CHILDREN_LIVE = timedelta(hours=20)     # a container lives 24 h; we stop well before
SHOWS_WITHIN = timedelta(minutes=2)     # a fresh container may be unknown to reads for some seconds
LOOK_PAGES = 3                          # pages of 50 posts looked through before we say that we cannot tell
MAYBE_DONE_CODES = frozenset({1, 2, 4})
MAYBE_DONE_SUBCODES = frozenset({2207051, 2207001})
PENDING = ("IN_PROGRESS", "UNKNOWN")

wait: Callable[[float], None] = time.sleep


def at_publish(kept: Kept, error: RemoteError) -> RemoteError:
    """Refusals of the publishing step that were seen on posts which went live: only the container knows."""
    words = graph.said(kept)
    if words and (words.code in MAYBE_DONE_CODES or words.subcode in MAYBE_DONE_SUBCODES):
        return Ambiguous("Instagram refused, but is known to publish all the same.", code="server_error",
                         http_status=kept.status, request_id=words.trace)
    return graph.refined(kept, error)


@dataclass(frozen=True, slots=True)
class Containers:
    """The containers of one account. `owner` is the account's id, `memory` that of one delivery."""

    graph: Graph
    owner: str
    memory: Memory
    now: Callable[[], datetime]

    # --- preparing ----------------------------------------------------------------------------------------------

    def ready(self, draft: Draft) -> str | Accepted:
        """A container that may be published now, made or found again; Accepted while Instagram works on it.

        Raises Ambiguous where the one remembered was published already: then only looking helps.
        """
        kept = self.memory.get("container")
        if kept:
            state = self._state_again(draft, str(kept["id"]))
            if state != "GONE":
                return str(kept["id"]) if state == "FINISHED" else Accepted(str(kept["id"]), LOOK_AGAIN)
        made = self._make(draft)
        if isinstance(made, Accepted):
            return made
        self.memory.put("container", {"id": made, "at": self.now().timestamp()})
        state, trouble = self._settled(made)
        if state in ("ERROR", "EXPIRED"):
            self.forget()
            raise trouble
        return made if state == "FINISHED" else Accepted(made, LOOK_AGAIN)

    def _state_again(self, draft: Draft, container: str) -> str:
        """Where a container of an earlier try stands: FINISHED, PENDING, or GONE, after which a new one may be made."""
        state, trouble = self._settled(container)
        if state == "PUBLISHED":
            raise Ambiguous("This post was published already; the account's list must tell which one it is.",
                            code="already_published")
        if state in ("ERROR", "EXPIRED"):
            if not isinstance(self.listed(draft, self.made_at(), frozenset()), Absent):
                raise Ambiguous("The prepared post failed, but one like it is on the account.", code="looks_published")
            self.forget()
            if state == "ERROR":
                raise trouble
            return "GONE"
        if state == "UNKNOWN" and self.made_at() + SHOWS_WITHIN < self.now():
            raise Ambiguous("Instagram no longer knows the prepared post.", code="container_unknown")
        return state

    def forget(self) -> None:
        """Let the next try prepare the post anew."""
        self.memory.put("container", None)
        self.memory.put("children", None)

    def made_at(self) -> datetime:
        """When the remembered container was made; now where none is."""
        kept = self.memory.get("container")
        return datetime.fromtimestamp(kept["at"], self.now().tzinfo) if kept else self.now()

    def _make(self, draft: Draft) -> str | Accepted:
        if len(draft.media) == 1:
            return self._one(draft.media[0], caption=draft.text)
        children = self._children(draft.media)
        for last in (False, True):
            try:
                return self._create(media_type="CAROUSEL", children=",".join(children), caption=draft.text)
            except Unavailable as error:
                if error.code != "container_not_ready" or last:
                    raise
            if not self._all_finished(children):
                return Accepted(children[0], LOOK_AGAIN)
        raise AssertionError("the loop returns or raises")

    def _children(self, media: Sequence[MediaFile]) -> list[str]:
        """Containers of the single pictures, in order; those made lately are used again."""
        kept = self.memory.get("children") or {}
        fresh = kept.get("at", 0) >= (self.now() - CHILDREN_LIVE).timestamp()
        ready: dict[str, str] = dict(kept["ids"]) if fresh else {}
        names = [f"{index}:{file.sha256}" for index, file in enumerate(media)]
        if any(name not in ready for name in names):
            for name, file in zip(names, media, strict=True):
                if name not in ready:
                    ready[name] = self._one(file, is_carousel_item="true")
            self.memory.put("children", {"at": self.now().timestamp(), "ids": ready})
        return [ready[name] for name in names]

    def _all_finished(self, children: Sequence[str]) -> bool:
        for index, child in enumerate(children):
            state, trouble = self.state(child) if index else self._settled(child)    # wait once, not for each
            if state in ("ERROR", "EXPIRED"):
                self.forget()
                raise trouble
            if state != "FINISHED":
                return False
        return True

    def _one(self, file: MediaFile, **values: str) -> str:
        if not file.url:
            raise MediaRefused("Instagram fetches pictures from a public address, and ours cannot be reached from "
                               "outside.", code="no_public_address")
        if file.alt_text:
            values["alt_text"] = file.alt_text
        return self._create(image_url=file.url, **values)

    def _create(self, **values: str) -> str:
        found = self.graph.put(Kind.STAGING, self.owner, "media", {k: v for k, v in values.items() if v})
        if not found.get("id"):
            raise Unavailable("Instagram answered without an id.", code="no_id")
        return str(found["id"])

    # --- where it stands ----------------------------------------------------------------------------------------

    def _settled(self, container: str) -> tuple[str, RemoteError]:
        """The state after at most two seconds of waiting for it to become one that lasts."""
        found = self.state(container)
        for pause in PAUSES_S:
            if found[0] not in PENDING:
                break
            wait(pause)
            found = self.state(container)
        return found

    def state(self, container: str) -> tuple[str, RemoteError]:
        """(FINISHED, IN_PROGRESS, PUBLISHED, ERROR, EXPIRED or UNKNOWN; what it means where it failed)."""
        try:
            found = self.graph.read(container, "status_code,status")
        except (Rejected, Unavailable) as error:
            if error.code not in ("gone", "container_unknown"):
                raise
            return "UNKNOWN", error
        state = str(found.get("status_code") or "UNKNOWN")
        numbers = re.findall(r"\b(2207\d{3})\b", str(found.get("status") or ""))
        trouble = graph.by_subcode(int(numbers[0])) if numbers else None
        return state, trouble or Unavailable("Instagram could not prepare the post.", code="container_failed")

    # --- publishing and looking ---------------------------------------------------------------------------------

    def publish(self, container: str) -> str | Accepted:
        """The id of the post that became of it. Raises Ambiguous where only the container can tell."""
        try:
            found = self.graph.put(Kind.VISIBLE, self.owner, "media_publish", {"creation_id": container}, at_publish)
        except Unavailable as error:
            if error.code == "container_expired":
                self.forget()
            if error.code != "container_not_ready":
                raise
            if self.state(container)[0] == "PUBLISHED":
                raise Ambiguous("This post was published already.", code="already_published") from error
            return Accepted(container, LOOK_AGAIN)
        if not found.get("id"):
            raise Ambiguous("Instagram answered without an id.", code="no_id")
        return str(found["id"])

    def sighting(self, draft: Draft, since: datetime, bound: Set[str]) -> Sighting:
        """What became of the remembered container. Without one, nothing can have been published."""
        kept = self.memory.get("container")
        if not kept:
            return Absent()
        state, start = self.state(str(kept["id"]))[0], min(since, self.made_at())
        if state in ("FINISHED", "IN_PROGRESS"):
            return Absent()
        if state == "UNKNOWN" and self.made_at() + SHOWS_WITHIN > self.now():
            return CannotTell("Instagram does not know the prepared post yet.")
        found = self.listed(draft, start, bound)
        if isinstance(found, Absent) and state not in ("ERROR", "EXPIRED"):
            return CannotTell("The post was published, but the account's list does not show it yet."
                              if state == "PUBLISHED" else "Instagram no longer knows the prepared post.")
        return found

    def listed(self, draft: Draft, since: datetime, bound: Set[str]) -> Sighting:
        """The oldest post on the account since then that reads the same and is nobody else's."""
        start, seen = since - graph.SKEW, None
        kind = "CAROUSEL_ALBUM" if len(draft.media) > 1 else "IMAGE"
        wanted = "id,caption,timestamp,permalink,media_type"
        for items, more in self.graph.pages(self.owner, "media", LOOK_PAGES, fields=wanted, limit=50):
            for item in items:
                if str(item["id"]) not in bound and _same(item, draft, kind, start):
                    seen = item
            if not more or (items and graph.when(items[-1].get("timestamp")) < start):
                return Found(published(seen)) if seen else Absent()
        return CannotTell("Too many posts in that time to look through.")


def _same(item: Mapping[str, Any], draft: Draft, kind: str, start: datetime) -> bool:
    return (
        item.get("media_type") == kind and graph.when(item.get("timestamp")) >= start
        and graph.same_words(str(item.get("caption") or ""), draft.text)
    )


def published(item: Mapping[str, Any]) -> Published:
    """A post of the account's list as proof."""
    return Published(str(item["id"]), str(item.get("permalink") or ""), graph.when(item.get("timestamp")))
