"""Guessing passwords is slow, whether one guesses long at one door or once at each of many.

Ten wrong tries for one address from one place wait a minute. Thirty wrong tries within a quarter of an hour from one
place, whatever the addresses, and the place waits a quarter of an hour; who is signed in there goes on working.
Whether somebody here has the address makes no difference to either.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

log = logging.getLogger(__name__)
TRIES, WAIT_S = 10, 60
PLACE_TRIES, PLACE_WINDOW_S, PLACE_WAIT_S = 30, 900, 900
_SILENT = "Sign-in tries are not counted: the cache does not answer."


def place_of(request: HttpRequest) -> str:
    """The address a request came from. Behind our own proxy, the last one it names; what is before it anybody can write.

    Of IPv6 the network (/64): one house owns that many addresses that each try could come from another.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    said = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return str(said)
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


def _key(what: str, *words: str) -> str:
    return f"{what}:" + hashlib.sha256("\n".join(words).encode("utf-8", "surrogatepass")).hexdigest()


def _tries(email: str, place: str) -> str:
    return _key("wrong-tries", email.strip().lower(), place)


def wait_for(email: str, place: str) -> int:
    """Seconds to wait before this address may be tried from this place; 0 where it may be tried now.

    A cache that cannot be reached lets people in: it must not lock a library out of its own house.
    """
    try:
        until = cache.get(_key("wait", place)) or 0.0
        left = math.ceil(until - time.time())
        if left > 0:
            return left
        return WAIT_S if (cache.get(_tries(email, place)) or 0) >= TRIES else 0
    except Exception:
        log.warning(_SILENT)
        return 0


def in_words(seconds: int) -> str:
    """What a person who must wait is told."""
    if seconds <= WAIT_S:
        return _("Too many wrong tries. Wait a minute, then try again.")
    minutes = math.ceil(seconds / 60)
    return ngettext(
        "Too many wrong tries from where you are. Wait %(n)s minute, then try again.",
        "Too many wrong tries from where you are. Wait %(n)s minutes, then try again.", minutes,
    ) % {"n": minutes}  # fmt: skip


def count_wrong(email: str, place: str) -> None:
    """One more wrong try, counted for this address (until a minute after the last) and for the place."""
    try:
        key = _tries(email, place)
        cache.add(key, 0, WAIT_S)
        cache.incr(key)
        cache.touch(key, WAIT_S)
        _count_place(place)
    except Exception:
        log.warning(_SILENT)


def _count_place(place: str) -> None:
    """The quarter of an hour begins with the first wrong try, so that a busy desk's rare slips never add up."""
    key = _key("wrong-tries-of-place", place)
    cache.add(key, 0, PLACE_WINDOW_S)
    if cache.incr(key) >= PLACE_TRIES:
        cache.set(_key("wait", place), time.time() + PLACE_WAIT_S, PLACE_WAIT_S)
        cache.delete(key)
        log.warning("Sign-in: %s waits a quarter of an hour after %s wrong tries.", place, PLACE_TRIES)


def forget(email: str, place: str) -> None:
    """After the right password. What the place did wrong stays: one right guess must not buy thirty more."""
    try:
        cache.delete(_tries(email, place))
    except Exception:
        log.warning(_SILENT)
