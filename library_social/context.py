"""What every page's frame shows: where one can go, what needs somebody, whether this is practice.

Everything is looked up only when a template asks for it, so that a partial answer to htmx costs none of it.
"""

from __future__ import annotations

import functools
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from libraries.models import PRACTICE, Library
from libraries.permissions import VERBS, Actor
from library_social import bands, signals
from library_social.signals import Signals


class Can:
    """`can.post_approve` in a template: whether the role allows `post.approve`. A verb that does not exist is False."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def __getitem__(self, name: str) -> bool:
        verb = name.replace("_", ".", 1)
        if verb not in VERBS:
            raise KeyError(name)
        return self.actor.may(verb)


def frame(request: HttpRequest) -> dict[str, Any]:
    """The names that templates/base.html is written against. Empty for somebody who is signed out."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {"nav": [], "bands": [], "can": {}, "practice": False}
    told = functools.cache(lambda: signals.of(actor))
    return {
        "nav": SimpleLazyObject(lambda: nav(request, actor, told())),
        "bands": SimpleLazyObject(lambda: bands.of(actor, told())),
        "notice_count": SimpleLazyObject(lambda: told().n_notices),
        "can": Can(actor),
        "practice": actor.library.mode == PRACTICE,
        "sandbox_url": settings.SANDBOX_URL,
        "settings_tabs": SimpleLazyObject(lambda: settings_tabs(request, actor)),
        "other_libraries": SimpleLazyObject(lambda: other_libraries(actor) if told().other_libraries else []),
    }


def nav(request: HttpRequest, actor: Actor, told: Signals) -> list[dict[str, Any]]:
    """The few places of the rail; what a role cannot use is not there."""
    tabs = settings_tabs(request, actor)
    items = [
        _place(request, "planner:calendar", _("Calendar"), "calendar", ("planner",)),
        _place(
            request,
            "posts:list",
            _("Posts"),
            "stack-2",
            ("posts",),
            told.n_in_review if actor.may("post.approve") else 0,
        ),
        _place(
            request,
            "inbox:inbox",
            _("Inbox"),
            "inbox",
            ("inbox",),
            told.n_unanswered if actor.may("inbox.reply") else 0,
        ),
        _place(request, "programs:events", _("Events"), "calendar-event", ("programs",)),
        _place(request, "media_library:library", _("Media"), "photo", ("media_library",)),
    ]
    if actor.may("settings.change") and actor.library.welcomed_at is None:
        items.append(_place(request, "libraries:welcome", _("First steps"), "clipboard-list", ("libraries:welcome",)))
    if tabs:
        here = any(tab["current"] for tab in tabs)
        for item in items if here else ():
            item["current"] = False  # a page of the settings that another part of the product brings
        items.append({"label": _("Settings"), "url": tabs[0]["url"], "icon": "settings", "current": here})
    return [item for item in items if item]


def settings_tabs(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    """The pages about the library itself that this role may open, for the row of tabs above each."""
    pages = [
        ("settings.change", "libraries:settings", _("Library"), ("libraries:settings", "libraries:leave_practice")),
        ("account.read", "platforms:accounts", _("Accounts"), ("platforms",)),
        ("settings.change", "libraries:branches", _("Branches"), ("libraries:branches",)),
        ("settings.change", "posts:advice", _("What stops a post"), ("posts:advice",)),
        ("people.manage", "libraries:people", _("People"), ("libraries:people", "libraries:change_person")),
        ("audit.read", "audit:log", _("Record"), ("audit",)),
    ]
    if actor.library.welcomed_at:  # before that they have a place of their own in the rail
        pages.append(("settings.change", "libraries:welcome", _("First steps"), ("libraries:welcome",)))
    tabs = [_place(request, name, label, "", here) for verb, name, label, here in pages if actor.may(verb)]
    return [tab for tab in tabs if tab]


def _place(
    request: HttpRequest, name: str, label: str, icon: str, here: tuple[str, ...], count: int = 0
) -> dict[str, Any]:
    """One link; {} where the pages are not installed. `here`: names of apps or views at which one is in this place."""
    try:
        url = reverse(name)
    except NoReverseMatch:
        return {}
    match = request.resolver_match
    current = bool(match) and (match.app_name in here or match.view_name in here)
    return {"label": label, "url": url, "icon": icon, "current": current, "count": count}


def other_libraries(actor: Actor) -> list[Library]:
    """The libraries this person could work for instead."""
    mine = Library.objects.filter(memberships__user=actor.user, memberships__is_active=True)
    return list(mine.exclude(pk=actor.library.pk).order_by("name"))
