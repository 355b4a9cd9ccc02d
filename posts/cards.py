"""Link cards: asked for by the composer, read by the clock behind the address guard, kept for a day, never hot-linked."""

from __future__ import annotations

import hashlib
import io
import time
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from core import remote
from core.errors import RemoteError
from libraries.models import Library
from libraries.permissions import Actor
from media_library.inspect import PictureRefused, inspect, opened
from posts.models.cards import FAILED, PICTURE_MAX, PLAIN, SHOWN, WAITING, LinkCard
from posts.page_words import page_words

PAGE_MAX, IMAGE_MAX, DEADLINE_S = 1024 * 1024, 4 * 1024 * 1024, 6.0
PIXELS_MAX = 16_000_000
FRESH_FOR, KEPT_FOR, TAKEN_FOR = timedelta(days=1), timedelta(days=30), timedelta(seconds=30)
AN_HOUR_MOST = 200  # new addresses of one library; somebody who types makes a few, a loop makes thousands
AT_ONCE = 4         # cards that one round of the clock reads
SIZE = (600, 315)
HEADERS = {"User-Agent": "LibrarySocial/1 (+link preview)", "Accept": "text/html, application/xhtml+xml;q=0.9"}
PICTURE_HEADERS = {"User-Agent": HEADERS["User-Agent"], "Accept": "image/*"}


@dataclass(frozen=True)
class Card:
    """A card as a template shows it. `state` as on the row; `image` is an address of ours or ""."""

    state: str
    host: str
    title: str = ""
    description: str = ""
    image: str = ""
    why: str = ""

    @property
    def waiting(self) -> bool:
        """Nothing is known yet; what was read yesterday is shown while it is read again."""
        return self.state == WAITING and not self.title


def card_for(actor: Actor, link: str) -> Card:
    """What is known of the page behind `link`; asks for it to be read where that is not known, or a day old."""
    host = host_of(link)
    if not _worth_asking(link):
        return Card(PLAIN, host)
    row = _asked(actor.library, link)
    if row is None:
        return Card(FAILED, host, why=_("Too many addresses were looked at in the last hour. It is shown without a card."))
    image = ""
    if row.fetched_at and row.has_picture:  # type: ignore[attr-defined]
        image = f"{reverse('posts:card_picture', args=[row.pk])}?v={row.fetched_at.timestamp():.0f}"
    return Card(row.state, host, row.title, row.description, image, row.why)


def host_of(link: str) -> str:
    try:
        return (urlsplit(link).hostname or link).removeprefix("www.")
    except ValueError:
        return link


def _worth_asking(link: str) -> bool:
    """Not while an address is half typed."""
    try:
        remote.check_form(link)
    except remote.BadAddress:
        return False
    host = urlsplit(link).hostname or ""
    return len(link) <= 1000 and len(host.rpartition(".")[2]) >= 2 and "." in host


def _asked(library: Library, link: str) -> LinkCard | None:
    """The row, made where there is none; None where this library asked too often."""
    digest = hashlib.sha256(link.encode()).hexdigest()
    rows = LinkCard.objects.filter(library=library).defer("picture").annotate(has_picture=Q(picture__isnull=False))
    if row := rows.filter(digest=digest).first():
        if row.fetched_at and row.fetched_at < timezone.now() - FRESH_FOR:
            LinkCard.objects.filter(pk=row.pk, state=row.state).update(state=WAITING, asked_at=Now(), taken_at=None)
        return row
    if LinkCard.objects.filter(library=library, asked_at__gt=timezone.now() - timedelta(hours=1)).count() >= AN_HOUR_MOST:
        return None
    LinkCard.objects.get_or_create(library=library, digest=digest, defaults={"url": link})
    return rows.get(digest=digest)


# --- the clock's part


def read_waiting() -> int:
    """Read what waits, the oldest first; returns how many. Two rounds at once never read the same one."""
    free = Q(taken_at=None) | Q(taken_at__lt=timezone.now() - TAKEN_FOR)
    done = 0
    for pk, url in LinkCard.objects.filter(free, state=WAITING).order_by("asked_at").values_list("pk", "url")[:AT_ONCE]:
        if LinkCard.objects.filter(free, pk=pk, state=WAITING).update(taken_at=Now()):
            LinkCard.objects.filter(pk=pk).update(fetched_at=Now(), taken_at=None, **_read(url))
            done += 1
    return done


def forget_old() -> int:
    """Remove cards that nobody asked for in a month."""
    return LinkCard.objects.filter(asked_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _read(url: str) -> dict[str, object]:
    """The columns of what the page says, or of why it could not be read."""
    ends = time.monotonic() + DEADLINE_S
    blank: dict[str, object] = {"title": "", "description": "", "picture": None, "why": ""}
    try:
        page = remote.fetch(url, max_bytes=PAGE_MAX, deadline=DEADLINE_S, headers=HEADERS)
    except remote.PrivateAddress:
        return {**blank, "state": FAILED, "why": _("This address is inside a private network; the public cannot open it.")}
    except remote.BadAddress:
        return {**blank, "state": FAILED, "why": _("That is not an address of a web page.")}
    except remote.TooLarge:
        return {**blank, "state": PLAIN, "why": _("The page is too large to look at.")}
    except RemoteError:
        return {**blank, "state": FAILED, "why": _("The page did not answer. Check that the link is right.")}
    if page.status >= 400:
        why = _("The page answers with an error (%(status)s). Check that the link is right.") % {"status": page.status}
        return {**blank, "state": FAILED, "why": why}
    kind = page.headers.get("Content-Type", "text/html").partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml"):
        return {**blank, "state": PLAIN, "why": _("The link leads to a file, not to a page, so there is no card.")}
    words = page_words(page.body, page.headers.get("Content-Type", ""), page.url)
    if not words.title:
        return {**blank, "state": PLAIN, "why": _("The page says nothing of itself, so networks show only its address.")}
    picture = _picture(words.picture, ends - time.monotonic())
    return {**blank, "state": SHOWN, "title": words.title, "description": words.description, "picture": picture}


def _picture(url: str, left: float) -> bytes | None:
    """A small copy of the page's picture; None where there is none that we take."""
    if not url or left < 0.2:
        return None
    try:
        got = remote.fetch(url, max_bytes=IMAGE_MAX, deadline=left, headers=PICTURE_HEADERS)
        return small_copy(got.body) if got.status < 400 else None
    except (remote.BadAddress, remote.PrivateAddress, remote.TooLarge, RemoteError):
        return None


def small_copy(data: bytes) -> bytes | None:
    """The picture as a WebP of at most 600 × 315 pixels, without its metadata; None for what is no good picture."""
    try:
        found = inspect(data, first_frame=True)
        if found.format not in ("JPEG", "PNG", "GIF", "WEBP") or found.width * found.height > PIXELS_MAX:
            return None
        with opened(data, found.format) as image:
            image.draft("RGB", (2 * SIZE[0], 2 * SIZE[1]))
            image.thumbnail((2 * SIZE[0], 2 * SIZE[1]))
            small = image.convert("RGBA") if found.transparent else image.convert("RGB")
        small.thumbnail(SIZE, Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "WEBP", quality=75, method=4)
    except (PictureRefused, OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        return None
    return out.getvalue() if len(out.getvalue()) <= PICTURE_MAX else None
