"""What states, networks and messages look like: a colour, an icon and a word for each, in one place."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _


class Look(NamedTuple):
    """`tone` is a class of components.css (ok, wait, ask, bad, quiet, draft); `icon` a name in the sprite."""

    tone: str
    icon: str
    word: str


STATES: dict[str, Look] = {
    # deliveries
    "scheduled": Look("wait", "clock", _("Scheduled")),
    "sending": Look("wait", "send", _("Sending")),
    "processing": Look("wait", "loader-2", _("Being processed")),
    "sent": Look("ok", "check", _("Published")),
    "unconfirmed": Look("ask", "help", _("Unconfirmed")),
    "attention": Look("bad", "alert-triangle", _("Needs you")),
    "failed": Look("bad", "circle-x", _("Failed")),
    "expired": Look("quiet", "clock-x", _("Too late")),
    "cancelled": Look("quiet", "ban", _("Cancelled")),
    "held": Look("ask", "player-pause", _("On hold")),
    # posts
    "draft": Look("draft", "pencil", _("Draft")),
    "in_review": Look("ask", "eye", _("In review")),
    "changes_requested": Look("ask", "message", _("Changes asked for")),
    "approved": Look("ok", "thumb-up", _("Approved")),
    "archived": Look("quiet", "archive", _("Archived")),
    "published": Look("ok", "check", _("Published")),
    "partly_published": Look("ask", "circle-half-2", _("Partly published")),
    "taken_down": Look("quiet", "arrow-back-up", _("Taken down")),
    # accounts
    "connected": Look("ok", "plug-connected", _("Connected")),
    "expiring": Look("ask", "clock", _("Ends soon")),
    "reconnect": Look("bad", "plug-connected-x", _("Reconnect")),
    "blocked": Look("ask", "hourglass", _("Waiting for the network")),
    "disabled": Look("quiet", "ban", _("Switched off")),
    "disconnected": Look("quiet", "plug", _("Disconnected")),
    # events and feeds
    "new": Look("wait", "plus", _("New")),
    "changed": Look("ask", "pencil", _("Changed")),
    "moved": Look("ask", "clock", _("Other time")),
    "unchanged": Look("quiet", "minus", _("No change")),
    "planned": Look("wait", "calendar-event", _("Planned")),
    "announced": Look("ok", "send", _("Announced")),
    "event.held": Look("quiet", "check", _("Took place")),
    "full": Look("ask", "users", _("Full")),
    "postponed": Look("ask", "clock-x", _("Postponed")),
    "closed": Look("quiet", "lock", _("Closed")),
    "withdrawn": Look("bad", "ban", _("Withdrawn")),
    # conversations
    "open": Look("ask", "message-circle", _("Unanswered")),
    "waiting": Look("wait", "hourglass", _("Waiting for them")),
    "answered": Look("ok", "check", _("Answered")),
    # shared
    "done": Look("ok", "check", _("Done")),
    "practice": Look("quiet", "flask", _("Practice")),
    "live": Look("ok", "world", _("Live")),
}
WORKING = frozenset({"processing"})  # their icon turns

NETWORKS: dict[str, tuple[str, str]] = {  # adapter name -> (icon, label)
    "facebook": ("brand-facebook", "Facebook"),
    "twitter": ("brand-x", "X (Twitter)"),
    "instagram": ("brand-instagram", "Instagram"),
    "instagram_private": ("brand-instagram", _("Instagram, second route")),
    "linkedin": ("brand-linkedin", "LinkedIn"),
}

TONES: dict[str, tuple[str, str]] = {  # level of django.contrib.messages -> (tone, icon)
    "debug": ("quiet", "info-circle"),
    "info": ("wait", "info-circle"),
    "success": ("ok", "circle-check"),
    "warning": ("ask", "alert-triangle"),
    "error": ("bad", "alert-circle"),
}
PROBLEM_ICONS = {"bad": "alert-circle", "ask": "alert-triangle", "wait": "info-circle", "ok": "check", "quiet": "bulb"}

# Roughly where each network hides the rest of a text behind "See more"; not documented by the networks, so the
# preview only marks the place and always shows the whole text on request.
FOLDS: dict[str, int] = {"facebook": 477, "instagram": 125, "instagram_private": 125, "linkedin": 210}


def look_of(state: str, of: str = "") -> Look:
    """The look of a state; `of` ("event") tells words apart that two kinds of thing share.

    A state we do not know is shown by its own name, quietly.
    """
    return (
        STATES.get(f"{of}.{state}")
        or STATES.get(state)
        or Look("quiet", "info-circle", str(state).replace("_", " ").capitalize())
    )
