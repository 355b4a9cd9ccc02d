"""The ways to connect accounts of a network that has several, in words; and by which one an account came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as lazy

from platforms import registry
from platforms.base import Way
from platforms.models import Account

# (platform, way) -> what it is called, what to know before choosing it, and what to say when it brought none of its kind
_WORDS: dict[tuple[str, str], tuple[Any, Any, Any]] = {
    ("linkedin", "organization"): (
        lazy("Organisation page"),
        lazy("Publishes, reads comments and answers them. The library's app at LinkedIn must be approved for it (Community "
             "Management). If the page's admin also wants to publish as themselves, choose this and tick both."),
        lazy("LinkedIn offered no organisation page for this sign-in. Become an administrator of the page there, have the "
             "library's app approved for pages, and start again."),
    ),
    ("linkedin", "person"): (
        lazy("A person's own profile"),
        lazy("Works with an app that LinkedIn has not approved. It only publishes: comments cannot be read or answered "
             "here, and it must be connected afresh every 60 days."),
        lazy("LinkedIn offered no profile for this sign-in."),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One way as people see it."""

    name: str
    label: str
    text: str
    none_came: str


def choices(platform: str) -> list[Choice]:
    """The ways to choose from, the usual one first; [] where there is nothing to choose."""
    found = []
    for way in registry.ways(platform):
        label, text, none_came = _WORDS[platform, way.name]
        found.append(Choice(way.name, str(label), str(text), str(none_came)))
    return found


def named(platform: str, name: str) -> Way | None:
    """The way of that name; the usual one for "" and None where a network has just one. Raises KeyError if unknown."""
    offered = registry.ways(platform)
    if not offered:
        return None
    found = next((way for way in offered if way.name == name), None) if name else offered[0]
    if found is None:
        raise KeyError(name)
    return found


def of_account(account: Account) -> Way | None:
    """The way an account is reconnected by: the one it came by, so that the same set of rights is asked for again."""
    came = next((way for way in registry.ways(account.platform) if way.name == account.facts.get("way")), None)
    return came or named(account.platform, "")


def meant(way: Way | None, facts: Mapping[str, Any]) -> bool:
    """Whether an account with these facts is of the kind that was asked for."""
    return way is None or facts.get("kind") == way.kind
