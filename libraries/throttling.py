"""Guessing passwords is slow: after ten wrong tries for one address from one place, a minute's wait."""

from __future__ import annotations

import hashlib
import logging

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)
TRIES, WAIT_S = 10, 60
WORDS = _("Too many wrong tries for this address. Wait a minute, then try again.")


def place_of(request: HttpRequest) -> str:
    """The address a request came from. Behind our own proxy, the last one it names; what is before it anybody can write."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def _key(email: str, place: str) -> str:
    return "wrong-tries:" + hashlib.sha256(f"{email.strip().lower()}\n{place}".encode()).hexdigest()


def must_wait(email: str, place: str) -> bool:
    """Whether this address was tried wrongly too often from this place within the last minute.

    A cache that cannot be reached lets people in: it must not lock a library out of its own house.
    """
    try:
        return (cache.get(_key(email, place)) or 0) >= TRIES
    except Exception:
        log.warning("Sign-in tries are not counted: the cache does not answer.")
        return False


def count_wrong(email: str, place: str) -> None:
    """One more wrong try; the count is forgotten a minute after the last."""
    key = _key(email, place)
    try:
        cache.add(key, 0, WAIT_S)
        cache.incr(key)
        cache.touch(key, WAIT_S)
    except Exception:
        log.warning("Sign-in tries are not counted: the cache does not answer.")


def forget(email: str, place: str) -> None:
    """After the right password."""
    try:
        cache.delete(_key(email, place))
    except Exception:
        log.warning("Sign-in tries are not counted: the cache does not answer.")
