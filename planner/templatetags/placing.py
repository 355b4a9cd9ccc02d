"""What stands on a day, as HTML. `{% load placing %}`.

A month shows some hundred of these; as included templates they were most of the page's time.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django import template
from django.urls import get_script_prefix, reverse
from django.utils import dateformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.settling import web_address
from libraries.templatetags.looks import NETWORKS
from libraries.templatetags.ui import chip, icon
from planner.almanac import Notable
from planner.queries import Entry, Happening
from posts.models import OutsidePost
from posts.queries_slots import FreeSlot

register = template.Library()


def _address(name: str, pk: int) -> str:
    """The address of a row. Working it out anew for each of some hundred took a good part of the page."""
    before, after = _shape(name, get_script_prefix())
    return f"{before}{pk}{after}"


@lru_cache(32)
def _shape(name: str, _prefix: str) -> tuple[str, str]:
    before, _zero, after = reverse(name, args=[0]).partition("0")
    return before, after


@lru_cache(64)
def _quoted(address: str) -> str:
    return quote(address)


@register.simple_tag
def placed(entry: Entry, zone: ZoneInfo, here: str) -> SafeString:
    """A post on its day: the chip, and where it can be moved the button that asks for another time."""
    pk, words = entry.post.pk, entry.words or _("Nothing written yet")
    made = chip(_address("posts:post", pk), entry.at, words, entry.state, entry.networks, tz=zone, fixed=entry.fixed)
    if entry.fixed:
        return format_html('<div class="placed" data-post="{}">{}</div>', pk, made)
    address = f"{_address('planner:move', pk)}?back={_quoted(here)}"
    return format_html(
        '<div class="placed" draggable="true" data-post="{}" data-time="{}">{}<a class="mover" href="{}" hx-get="{}"'
        ' hx-target="#mover-body" title="{}">{}<span class="sr-only">{}</span></a></div>',
        pk, f"{entry.at:%H:%M}", made, address, address, _("Another time"), icon("arrows-move"),
        _("Another time for %(words)s") % {"words": words},
    )  # fmt: skip


@register.simple_tag
def happens(one: Happening) -> SafeString:
    """An event on its day, quiet."""
    event = one.event
    sign = (
        icon("lock", _("Closed"))
        if one.look == "closed"
        else icon("ban", _("Off"))
        if one.is_off
        else icon("calendar-event")
    )
    clock = format_html('<span class="nums">{}</span> ', f"{one.time:%H:%M}") if one.time else ""
    until = " " + _("until %(last)s") % {"last": dateformat.format(one.until, "j M")} if one.until else ""
    return format_html(
        '<a class="layer{}" href="{}" title="{}{}">{}<span>{}{}{}</span></a>', " off" if one.is_off else "", one.url, event.title,
        f", {event.branch_name}" if event.branch_name else "", sign, clock, event.title, until,
    )  # fmt: skip


@register.simple_tag
def noted(one: Notable) -> SafeString:
    """A day of the almanac; it leads to what it is and a draft about it."""
    sign = icon("alert-circle", _("Needs care")) if one.care else icon("star")
    until = " " + _("until %(last)s") % {"last": dateformat.format(one.until, "j M")} if one.until else ""
    return format_html(
        '<a class="layer almanac" href="{}" title="{}">{}<span>{}{}</span></a>',
        one.url,
        one.name,
        sign,
        one.name,
        until,
    )


@register.simple_tag
def by_hand(post: OutsidePost, zone: ZoneInfo) -> SafeString:
    """A post that somebody made on the network itself: told apart, and not ours to move. It leads there."""
    words = " ".join(post.text.split())[:120] or _("A post without words")
    sign, label = NETWORKS.get(post.platform, ("world", post.platform))
    where = _("made by hand on %(network)s") % {"network": label}
    return format_html(
        '<a class="layer by-hand" href="{}" title="{}: {}" rel="noopener">{}<span><span class="nums">{}</span> {}'
        '<span class="sr-only">, {}</span></span></a>', web_address(post.url) or reverse("posts:by_hand"), where, words,
        icon(sign), f"{post.at.astimezone(zone):%H:%M}", words, where,
    )  # fmt: skip


@register.simple_tag
def free(slot: FreeSlot, zone: ZoneInfo) -> SafeString:
    """A slot of an account that nothing stands in; it leads to a draft for it."""
    local = slot.at.astimezone(zone)
    address = f"{reverse('planner:begin')}?account={slot.account.pk}&at={quote(local.isoformat())}"
    return format_html(
        '<a class="slot" href="{}">{}<span class="nums">{}</span> <span>{}</span></a>', address, icon("plus", _("Free")),
        f"{local:%H:%M}", slot.account.name,
    )  # fmt: skip
