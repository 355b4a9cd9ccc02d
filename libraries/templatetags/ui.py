"""Template tags of the interface. `{% load ui %}`; each is shown with an example in docs/front-end.md."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput
from django.http import QueryDict
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import dateformat, timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from libraries.templatetags.looks import FOLDS, NETWORKS, PROBLEM_ICONS, TONES, WORKING, look_of

register = template.Library()
TURNING = frozenset(
    {"arrow-back-up", "arrow-left", "arrow-right", "chevron-left", "chevron-right", "send", "login", "logout"}
)


# --- icons, states, networks, people


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite; decorative unless it has a label. `size` is "" or "big". Arrows turn with the script."""
    return _icon(name, str(label), size)


@lru_cache(2048)
def _icon(name: str, label: str, size: str) -> SafeString:
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" {} focusable="false"><use href="{}#{}"></use></svg>',
        f"{' turns' if name in TURNING else ''}{f' {size}' if size else ''}",
        spoken,
        static("icons/sprite.svg"),
        name,
    )


@register.simple_tag
def badge(state: str, word: str = "", tone: str = "", icon_name: str = "", of: str = "") -> SafeString:
    """A state in colour, icon and word. `word`, `tone` and `icon_name` replace what the table of looks says."""
    look = look_of(str(state), of)
    classes = f"badge {tone or look.tone}{' working' if state in WORKING else ''}"
    return format_html('<span class="{}">{}{}</span>', classes, icon(icon_name or look.icon), word or look.word)


@register.filter
def state_word(state: str) -> str:
    """The word alone, for a select box or an e-mail."""
    return str(look_of(str(state)).word)


@register.simple_tag
def network(name: str, account: str = "") -> SafeString:
    """Icon and name of a network, or of an account on it."""
    picture, label = NETWORKS.get(str(name), ("world", str(name).capitalize()))
    if account:
        return format_html('<span class="net">{}{}</span>', icon(picture, str(label)), account)
    return format_html('<span class="net">{}{}</span>', icon(picture), label)


@register.simple_tag
def nets(names: Iterable[str]) -> SafeString:
    """A row of network icons, each named for a screen reader."""
    looks = [NETWORKS.get(str(name), ("world", str(name).capitalize())) for name in names]
    return _nets(tuple((picture, str(label)) for picture, label in looks))


@lru_cache(512)
def _nets(looks: tuple[tuple[str, str], ...]) -> SafeString:
    shown = format_html_join("", "{}", ((icon(picture, label),) for picture, label in looks))
    return format_html('<span class="nets">{}</span>', shown)


@register.simple_tag
def avatar(person: Any, small: bool = False) -> SafeString:
    """Initials in a circle; the name must stand beside it or on the element around it."""
    initials = getattr(person, "initials", None) or "".join(part[0] for part in str(person).split()[:2]).upper()
    return format_html('<span class="avatar{}" aria-hidden="true">{}</span>', " small" if small else "", initials)


@register.filter
def tone(tags: str | None) -> str:
    """Class of a message's level ("success" -> "ok")."""
    return next((TONES[tag][0] for tag in str(tags or "").split() if tag in TONES), "wait")


@register.filter
def tone_icon(tags: str | None) -> str:
    return next((TONES[tag][1] for tag in str(tags or "").split() if tag in TONES), "info-circle")


# --- times


def in_zone(moment: datetime, tz: str | tzinfo | None) -> datetime:
    """`moment` (aware) in `tz`: a name, a zone, or None for the zone of the library that is at work."""
    return timezone.localtime(moment, ZoneInfo(tz) if isinstance(tz, str) and tz else tz or None)


def exact(moment: datetime) -> str:
    """The full date and time with its zone, as the title of a time and for readers."""
    zone = getattr(moment.tzinfo, "key", None) or moment.tzname() or ""
    return f"{dateformat.format(moment, pgettext('exact time', 'l j F Y, H:i'))} {zone}".strip()


def spoken_day(on: date, today: date) -> str:
    """A day as people say it, seen from `today`."""
    away = (on - today).days
    near = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    if away in near:
        return near[away]
    if 1 < away < 7:
        return dateformat.format(on, pgettext("day within a week", "l"))
    if on.year == today.year:
        return dateformat.format(on, pgettext("day of this year", "D j F"))
    return dateformat.format(on, pgettext("day of another year", "j F Y"))


def spoken(moment: datetime, now: datetime) -> str:
    """A moment as people say it; both aware and in the same zone. Never relative: a page may stay open for hours."""
    clock = dateformat.format(moment, pgettext("time of day", "H:i"))
    day = spoken_day(moment.date(), now.date())
    return pgettext("day and time", "%(day)s %(time)s") % {"day": day, "time": clock}


@register.simple_tag
def when(
    moment: datetime | None, tz: str | tzinfo | None = None, zone: bool = False, now: datetime | None = None
) -> SafeString:
    """`tomorrow 09:00` in a <time>, exact on hover and for readers. `zone=True` prints the zone too."""
    if not moment:
        return SafeString("")
    local, today = in_zone(moment, tz), in_zone(now or timezone.now(), tz)
    words = spoken(local, today)
    if zone:
        words = f"{words}, {getattr(local.tzinfo, 'key', local.tzname())}"
    return _time(moment, words, exact(local))


@register.simple_tag
def age(moment: datetime | None, tz: str | tzinfo | None = None) -> SafeString:
    """`3 hours ago`, for what waits; exact on hover and for readers."""
    if not moment:
        return SafeString("")
    words = timesince(moment, depth=1) if moment <= timezone.now() else ""
    young = not words or words.startswith("0")
    text = _("just now") if young else _("%(time)s ago") % {"time": words}
    return _time(moment, text, exact(in_zone(moment, tz)))


@register.simple_tag
def day(on: date | None) -> SafeString:
    """A date without a time: `tomorrow`, `Friday`, `8 December 2026`."""
    if not on:
        return SafeString("")
    on = in_zone(on, None).date() if isinstance(on, datetime) else on
    full = dateformat.format(on, pgettext("exact day", "l j F Y"))
    return _time(on, spoken_day(on, timezone.localdate()), full)


def _time(value: date | datetime, words: str, full: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}<span class="sr-only"> ({})</span></time>',
        value.isoformat(),
        full,
        words,
        full,
    )


# --- controls


@register.inclusion_tag("components/button.html")
def button(label: str, url: str = "", **options: Any) -> dict[str, Any]:
    """A link (with `url`) or a button. Options: icon, tone (primary, danger, plain), small, wide, type (button,
    submit), name, value, form, opens (id of a dialog), id, disabled."""
    return {"label": label, "url": url, **options}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, label: str = "", help: str = "", counter: int = 0) -> dict[str, Any]:
    """A form field with its label, help, errors and what was typed. `counter` shows how many characters are left."""
    widget = bound.field.widget
    extra = {"data-counter": counter} if counter else {}
    return {
        "field": bound,
        "label": label or bound.label,
        "help": help or bound.help_text,
        "is_check": isinstance(widget, CheckboxInput),
        "control": bound.as_widget(attrs=extra),
        "counter": counter,
    }


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """What is wrong with the whole form, and links to the fields that need a look."""
    return {"form": form, "fields": [bound for bound in form.visible_fields() if bound.errors]}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: Page) -> dict[str, Any]:
    """Earlier / later and where one is; keeps the filter that is in the address."""
    request = context.get("request")
    return {"page": page, "query": request.GET if request else QueryDict()}


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, label: str = "") -> dict[str, Any]:
    """How far a long job is, with its count."""
    return {"done": done, "total": total, "label": label or _("Done so far")}


# --- blocks: {% card %} … {% endcard %}


@register.simple_block_tag
def card(content: str, title: str = "", id: str = "", roomy: bool = False, actions: str = "") -> str:
    """A surface with an optional title (h2)."""
    return _block("card", content, title=title, id=id, roomy=roomy, actions=actions)


@register.simple_block_tag
def dialog(content: str, id: str, title: str, wide: bool = False) -> str:
    """A native <dialog>; open it with `{% button … opens=id %}`."""
    return _block("dialog", content, title=title, id=id, wide=wide)


@register.simple_block_tag
def menu(content: str, label: str, **options: Any) -> str:
    """A button that opens a panel of `.menu-item`s. Options: icon, tone, end_side, small, only_icon."""
    return _block("menu", content, label=label, **options)


@register.simple_block_tag
def emptystate(content: str, title: str, icon: str = "inbox") -> str:
    """What a page or list says while it holds nothing; the content is one sentence and one action."""
    return _block("emptystate", content, title=title, icon=icon)


@register.simple_block_tag
def problem(content: str, text: str, strong: str = "", tone: str = "ask") -> str:
    """What is not right and, as content, the button that mends it. Tones: bad stops, ask warns, quiet advises."""
    return _block("problem", content, text=text, strong=strong, tone=tone, icon=PROBLEM_ICONS.get(tone, "info-circle"))


def _block(name: str, content: str, **values: Any) -> str:
    inner = SafeString(content.strip())  # the template engine rendered and escaped it; strip() alone forgets that
    return render_to_string(f"components/{name}.html", {"content": inner, **values})


# --- calendar and composer


@register.simple_tag
def chip(
    url: str, moment: datetime, words: str, state: str, networks: Iterable[str] = (), **options: Any
) -> SafeString:
    """A post on the calendar. Options: tz, thumb (address of a small picture), id, fixed (why it cannot be moved).

    Not a template of its own: a month shows more than a hundred of them.
    """
    local = in_zone(moment, options.get("tz"))
    shape = pgettext("time of day", "H:i")
    clock = f"{local:%H:%M}" if shape == "H:i" else dateformat.format(local, shape)  # the usual one, ten times as fast
    names = list(networks)
    look = look_of(str(state))
    labels = [str(NETWORKS.get(str(name), ("", name))[1]) for name in names]
    more = [(name, options[key]) for name, key in (("id", "id"), ("data-fixed", "fixed")) if options.get(key)]
    thumb = options.get("thumb")
    return format_html(
        '<a class="chip {}" href="{}" aria-label="{}"{}>{}<time datetime="{}">{}</time>{}{}<span class="words">{}</span></a>',
        look.tone, url, ", ".join([clock, words, *labels, str(look.word)]), format_html_join("", ' {}="{}"', more),
        icon(look.icon), local.isoformat(), clock, nets(names) if names else "",
        format_html('<img class="chip-thumb" src="{}" alt="" loading="lazy">', thumb) if thumb else "", words,
    )  # fmt: skip


@register.inclusion_tag("components/preview.html")
def preview(network: str, name: str, text: str, **options: Any) -> dict[str, Any]:
    """The post as it will look there. Options: handle, when (datetime), tz, media (objects with url, alt), card
    (object with url, title, host, image), note."""
    shown, rest = fold(text, FOLDS.get(network, 0))
    return {"network": network, "name": name, "shown": shown, "rest": rest, "counter": len(text), **options}


LINKISH = re.compile(r"(https?://\S+|(?<![\w@])[@#]\w+)")


def fold(text: str, at: int) -> tuple[SafeString, SafeString]:
    """`text` as HTML, cut at the last blank before `at` characters (0: never). Links and tags are marked, not live."""
    if not at or len(text) <= at:
        return _marked(text), SafeString("")
    cut = text.rfind(" ", 0, at)
    cut = cut if cut > at // 2 else _whole(text, at)
    return _marked(text[:cut]), _marked(text[cut:])


JOINING = re.compile("[\u0300-\u036f\u200d\ufe0e\ufe0f\u20e3\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")


def _whole(text: str, at: int) -> int:
    """A place at or before `at` that cuts no family of emoji, flag or accented letter apart."""
    for place in range(at, max(at - 40, 0), -1):
        if not JOINING.match(text[place]) and text[place - 1] != "\u200d" and not JOINING.match(text[place - 1]):
            return place
    return at


def _marked(text: str) -> SafeString:
    parts = LINKISH.split(text)
    return SafeString(
        "".join(
            f'<span class="linkish">{escape(part)}</span>' if index % 2 else escape(part)
            for index, part in enumerate(parts)
        )
    )
