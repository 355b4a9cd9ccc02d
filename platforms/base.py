"""The one contract between the engine and a network. Django-free; runs on Python 3.11.

An adapter is translation and nothing else: it holds no state, reads no setting, touches no database. Everything it
must remember across a crash goes through `Memory`; everything it says to the network goes through the
`requests.Session` it is given by `core.remote`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import requests

from core.errors import (  # noqa: F401  (re-exported: adapters import their errors from here)
    Ambiguous,
    Duplicate,
    Fenced,
    InvalidContent,
    MediaRefused,
    NotAllowed,
    RateLimited,
    Rejected,
    RemoteError,
    Unauthorized,
    Unavailable,
    Unsupported,
)

T = TypeVar("T")


class Feature(enum.Flag):
    """What a network offers through its API. A feature that is absent raises `Unsupported` and is hidden."""

    TEXT, IMAGE, VIDEO, CAROUSEL, ALT_TEXT, FIRST_COMMENT, EDIT, DELETE = (1 << n for n in range(8))
    FIND, COMMENTS, REPLY, DIRECT, METRICS, WEBHOOKS, RENEW, LINK_CARD = (1 << n for n in range(8, 16))
    OWN_POSTS = 1 << 20                 # its own posts can be listed without cost, also those made by hand
    THREAD = 1 << 17                    # a post may go on in answers to itself, read as one
    READ_BACK = 1 << 18                 # one of our posts can be read back without cost, the words of its pictures too
    REREAD = 1 << 16                    # comments may be read from the first again whenever we like: edits and gaps show


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """What a network takes as a picture; drives the Pillow renditions. Sizes in bytes and pixels."""

    formats: tuple[str, ...]            # of "JPEG", "PNG", "GIF", "WEBP"; the first is what we prefer to send
    max_bytes: int
    ratio_min: float                    # width / height
    ratio_max: float
    width_min: int
    width_max: int                      # wider pictures are scaled down to this
    pixels_max: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account may send. `count` is the only function that counts text: form, API and worker use it."""

    text_max: int
    count: Callable[[str], int]
    media_max: int
    image: ImageSpec
    alt_text_max: int
    reply_max: int
    media_required: bool = False        # Instagram: no post without a picture
    same_ratio: bool = False            # Instagram: all pictures of one post take the first one's shape
    hashtags_max: int | None = None
    mentions_max: int | None = None
    cashtags_max: int | None = None
    refused: str = ""                   # characters the network refuses a whole text for
    publishes_per_day: int | None = None
    burst: tuple[int, int] | None = None  # so many publishes an account in so many seconds, as documented
    link_in_text: bool = True           # False: links in the text are not clickable (Instagram)
    see_more_at: int | None = None      # characters shown before the fold; for the preview only


@dataclass(frozen=True, slots=True)
class Token:
    """The secret of one account. `extra` holds what a network needs beside it (e.g. the user token behind a Page's)."""

    access: str
    refresh: str = ""
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "Token(…)"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who speaks: the account on the network, its token and the facts learnt when it was connected.

    facts (all optional): kind ("page", "organization", "member", "user", "business"), username, premium (bool),
    text_max (int), instagram_page_id, app ("self_serve" | "approved"), way (name of the `Way` it was connected by) …
    """

    external_id: str
    token: Token
    handle: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """One account that a completed sign-in offers; the admin chooses which to connect."""

    external_id: str
    name: str
    handle: str
    url: str
    token: Token
    facts: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()       # scopes or page tasks that were needed and not granted
    picture_url: str = ""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One picture as approved: the very bytes (`sha256`), its words, and a public address minted for this sending."""

    read: Callable[[], bytes]
    mime: str
    bytes: int
    width: int
    height: int
    sha256: str
    alt_text: str = ""                  # "" only where the picture was marked decorative
    url: str = ""                       # public address for networks that fetch (Instagram); "" where none can be had
    filename: str = "picture.jpg"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said by one account. `text` is complete: it already carries `link` where it should be seen."""

    text: str
    link: str = ""                      # the address as it stands in the text ("" where the post carries none)
    marker: str = ""                    # a piece of `link` unique to this delivery ("" where there is none)
    media: tuple[MediaFile, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published:
    """Proof. `at` is the network's own time where it tells one, else ours; `url` is the public address."""

    remote_id: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """Taken but not live yet (a container or a video in the works). Nothing is visible; `publish` with the same
    memory after `look_again` goes on from where it was and never starts a second one."""

    handle: str
    look_again: timedelta


@dataclass(frozen=True, slots=True)
class Found:
    published: Published


@dataclass(frozen=True, slots=True)
class Absent:
    """The network's complete list for the time in question does not hold it."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The list was cut short, not granted or not complete. `repeat_within`: sending the *identical* body again
    within this time since the first attempt would tell (LinkedIn); None where nothing can."""

    why: str
    repeat_within: timedelta | None = None


Sighting = Found | Absent | CannotTell


@dataclass(frozen=True, slots=True)
class Seen:
    """A post that stands on the account's page, whoever made it."""

    remote_id: str
    text: str
    url: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A post of ours as it stands there. `alts`: the words of each picture in order, None where there are none."""

    text: str
    alts: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    remote_id: str
    name: str
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    remote_id: str
    thread: str                         # remote id of our post
    author: Person
    text: str
    at: datetime
    parent: str | None = None           # remote id of the comment answered, None at the top level
    is_ours: bool = False               # written by the account itself
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `cursor` resumes after the last item seen; `more` says whether to ask again at once.

    `whole`: nothing of this stretch was left out, so that all pages from cursor None to the last, if each is whole,
    hold everything that stands there now.
    """

    items: tuple[T, ...]
    cursor: str | None = None
    more: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of one post; None where the network does not tell (which is not zero)."""

    impressions: int | None = None
    reach: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    clicks: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this very account can do (rulings b.0.9): features and limits after its facts were looked at."""

    features: Feature
    limits: Limits
    quiet: timedelta | None = None      # overrides the profile's wait before an absence is believed


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """The library's registration with a network (client id and secret), of the realm the adapter was made for."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = ()        # all it may ask for in this sign-in; () means the adapter's own `scopes`


@dataclass(frozen=True, slots=True)
class Way:
    """One of several ways to connect accounts of a network, for adapters that name them in `ways` (the widest first).

    `kind` is facts["kind"] of the accounts it is meant to bring; `reviewed` says that the network must have approved
    our app for it, and refuses the whole sign-in otherwise.
    """

    name: str
    scopes: tuple[str, ...]
    kind: str
    reviewed: bool = True


class Memory(Protocol):
    """What survives a crash of one delivery. `put` is committed before it returns, or raises Fenced."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def put(self, key: str, value: Any) -> None: ...


class Adapter(Protocol):
    """One network. Made per (realm, account or sign-in) by `platforms.registry.adapter_for`.

    `__init__(self, *, session, app, now)`:
      session  a requests.Session from core.remote whose transport maps real hosts to those in use
      app      AppCredentials
      now      callable returning an aware UTC datetime
    """

    name: ClassVar[str]                 # module name: "facebook", "twitter", "instagram", "linkedin"
    label: ClassVar[str]                # "Facebook", "X (Twitter)", "Instagram", "LinkedIn"
    features: ClassVar[Feature]
    limits: ClassVar[Limits]
    scopes: ClassVar[tuple[str, ...]]   # what connecting asks for
    hosts: ClassVar[Mapping[str, str]]  # setting name -> real base address, e.g. {"X_API_URL": "https://api.x.com"}
    settings: ClassVar[tuple[str, ...]] # environment names of client id and secret; absent -> not offered live
    rotates: ClassVar[bool]             # whether renewing spends the token that renews, so that its answer must not be lost

    def __init__(self, *, session: requests.Session, app: AppCredentials, now: Callable[[], datetime]) -> None: ...

    @classmethod
    def capabilities(cls, facts: Mapping[str, Any]) -> Capabilities: ...

    # connecting
    def authorize_url(self, redirect: str, state: str, verifier: str) -> str: ...
    def exchange(self, code: str, redirect: str, verifier: str) -> Sequence[Grant]: ...
    def renew(self, token: Token) -> Token: ...
    def check(self, who: Identity) -> Mapping[str, Any]: ...          # a real read; returns fresh facts or raises

    # speaking; `memory` survives a crash (it is Dispatch.checkpoint)
    def publish(self, who: Identity, draft: Draft, memory: Memory) -> Published | Accepted: ...
    def find(
        self, who: Identity, draft: Draft, since: datetime, memory: Memory, bound: Set[str]
    ) -> Sighting: ...                                                # `bound`: remote ids that are other deliveries'
    def delete(self, who: Identity, remote_id: str) -> None: ...      # already gone counts as done
    def exists(self, who: Identity, remote_id: str) -> bool: ...      # a read; for takedowns
    def edit(self, who: Identity, remote_id: str, text: str) -> None: ...  # other words, visible; the same again is harmless
    def reply(self, who: Identity, thread: str, to: str | None, text: str) -> Published: ...
    def find_reply(
        self, who: Identity, thread: str, to: str | None, text: str, since: datetime, bound: Set[str]
    ) -> Sighting: ...

    def read_back(self, who: Identity, remote_id: str) -> ReadBack: ...   # one post as it stands there

    def pressure(self) -> timedelta | None: ...                       # how long the last answer's headers ask us to pause

    # listening
    def own_posts(self, who: Identity, since: datetime) -> Sequence[Seen]: ...  # newest first, one call, at most 50
    def comments(self, who: Identity, thread: str, cursor: str | None) -> Page[Comment]: ...
    def metrics(self, who: Identity, remote_ids: Sequence[str]) -> Mapping[str, Metrics]: ...
