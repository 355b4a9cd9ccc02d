"""`{event.title}` and the like: names from a closed list, each filled with plain text.

The text that holds them was typed by a person, so nothing of Python's own formatting is used: no attribute, no index and
no format specification can be reached from it. A value that itself looks like a placeholder is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from libraries.models import Branch, Library, Membership
from posts.models import Event

PATTERN = re.compile(r"\{([a-z]{1,20}\.[a-z_]{1,20})\}")
LOST = re.compile(r"[ \t]*\{[a-z]{1,20}\.[a-z_]{1,20}\}")  # with the blanks before it

NAMES: dict[str, Any] = {
    "event.title": gettext_lazy("title of the event"),
    "event.date": gettext_lazy("day of the event"),
    "event.time": gettext_lazy("time of the event"),
    "event.place": gettext_lazy("place of the event"),
    "event.url": gettext_lazy("web page of the event"),
    "branch.name": gettext_lazy("name of the branch"),
    "branch.phone": gettext_lazy("telephone of the branch"),
    "branch.hours": gettext_lazy("opening hours of the branch"),
    "library.name": gettext_lazy("name of the library"),
    "library.website": gettext_lazy("website of the library"),
}
_WHERE: dict[str, Any] = {
    "event": gettext_lazy("This post is about no event, or the event does not say it."),
    "branch": gettext_lazy("What a branch is called, its telephone and its hours come from Settings, Branches."),
    "library": gettext_lazy("The name and the website of the library come from Settings."),
}


@dataclass(frozen=True)
class Left:
    """A placeholder that still stands in a text. `value` is "" where nothing is known to put there."""

    token: str
    name: str
    value: str = ""

    @property
    def what(self) -> str:
        """What belongs there, in words; "" for a name that we do not know."""
        return str(NAMES.get(self.name, ""))

    @property
    def why(self) -> str:
        """Why nothing can be filled in; "" where something can."""
        if self.value:
            return ""
        return str(_WHERE[self.name.split(".")[0]]) if self.name in NAMES else _("We know no placeholder of this name.")


def reasons(lefts: Iterable[Left]) -> list[str]:
    """Why some stay empty, each reason once."""
    return list(dict.fromkeys(one.why for one in lefts if one.why))


def left(text: str, values: Mapping[str, str] | None = None) -> list[Left]:
    """Every placeholder in a text, each once, in the order in which they stand there."""
    names = dict.fromkeys(match[1] for match in PATTERN.finditer(text))
    return [Left(f"{{{name}}}", name, (values or {}).get(name, "")) for name in names]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with everything put in that is known; what is not stays as it stands."""
    return PATTERN.sub(lambda match: values.get(match[1]) or match[0], text)


def strip(text: str, name: str = "") -> str:
    """The text without placeholders (or without the one of that name); a line that held nothing else goes with it."""
    token = f"{{{name}}}"
    lines = []
    for line in text.split("\n"):
        without = LOST.sub(lambda match: "" if not name or match[0].strip() == token else match[0], line)
        if without == line or without.strip(" \t.,:;!?-–"):
            lines.append(without if without == line else without.lstrip())
    return "\n".join(lines)


def values(library: Library, event: Event | None, branch: Branch | None) -> dict[str, str]:
    """What each placeholder stands for here; "" where nothing is known."""
    found = dict.fromkeys(NAMES, "")
    found |= {"library.name": library.name, "library.website": library.website}
    if branch:
        found |= {"branch.name": branch.name, "branch.phone": branch.phone, "branch.hours": branch.hours}
    if event:
        found |= {f"event.{name}": tell(event) for name, tell in _EVENT.items()}
    return {name: " ".join(value.split()) for name, value in found.items()}


def branch_of(library: Library, event: Event | None, membership: Membership | None) -> Branch | None:
    """The branch that a post speaks for: its event's, its author's, or the only one there is."""
    if event and event.branch:
        return event.branch
    if membership and membership.branch:
        return membership.branch
    some = list(Branch.objects.filter(library=library).order_by("pk")[:2])
    return some[0] if len(some) == 1 else None


def _day(event: Event) -> str:
    return dateformat.format(event.starts_at.astimezone(event.zone), pgettext("day of an event", "l j F"))


def _clock(event: Event) -> str:
    if event.all_day:
        return _("all day")
    return dateformat.format(event.starts_at.astimezone(event.zone), pgettext("time of day", "H:i"))


_EVENT: dict[str, Callable[[Event], str]] = {
    "title": lambda event: event.title,
    "date": _day,
    "time": _clock,
    "place": lambda event: event.place or (event.branch.name if event.branch else ""),
    "url": lambda event: event.registration_url or event.url,
}
