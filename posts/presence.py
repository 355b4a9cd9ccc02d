"""Who has a post open in the composer right now. Kept in the cache: nothing but a hint depends on it.

Each opened page calls itself by a name of its own and speaks up every few seconds; one that falls silent is forgotten.
Two that speak in the same instant may overwrite each other; the next call a few seconds later mends that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from libraries.permissions import Actor
from posts.models import Post

EVERY_S = 12  # how often a page speaks up; static/js/composer-here.js is told so by the page
FORGOTTEN_S = 40
PAGES_MAX = 20


@dataclass(frozen=True)
class Page:
    """One opened composer. `seen` is when it last spoke up, in seconds since 1970."""

    tab: str
    user_id: int
    name: str
    opened: float
    seen: float

    def told(self, me: int, post: Post) -> str:
        """In words for the person `me`."""
        at = f"{timezone.localtime(datetime.fromtimestamp(self.opened, UTC), post.zone):%H:%M}"
        if self.user_id == me:
            return _("You have this post open in another tab or on another device, since %(at)s.") % {"at": at}
        return _("%(who)s has this post open too, since %(at)s.") % {"who": self.name, "at": at}


def here(post: Post, actor: Actor, tab: str) -> list[Page]:
    """Say that this page is open; returns the others, the newest last. `tab` "" only asks."""
    now = timezone.now().timestamp()
    pages = {page.tab: page for page in _pages(post, now)}
    if tab:
        opened = pages[tab].opened if tab in pages else now
        pages[tab] = Page(tab, actor.user_id, str(actor.user), opened, now)
        kept = sorted(pages.values(), key=lambda page: page.seen)[-PAGES_MAX:]
        cache.set(_key(post), [vars(page) for page in kept], FORGOTTEN_S)
    return sorted((page for page in pages.values() if page.tab != tab), key=lambda page: page.opened)


def left(post: Post, tab: str) -> None:
    """This page was closed."""
    now = timezone.now().timestamp()
    cache.set(_key(post), [vars(page) for page in _pages(post, now) if page.tab != tab], FORGOTTEN_S)


def _key(post: Post) -> str:
    return f"composer-open:{post.pk}"


def _pages(post: Post, now: float) -> list[Page]:
    return [page for row in cache.get(_key(post), []) if (page := Page(**row)).seen > now - FORGOTTEN_S]
