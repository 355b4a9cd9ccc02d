"""What can be connected: the networks with their ways, what is still to do, and the pages that a sign-in offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from libraries.permissions import Actor
from platforms import granted, lines, registry, ways
from platforms.base import Grant
from platforms.models import Account, OAuthState


@dataclass(frozen=True)
class Network:
    """A network on the page of accounts. `settings`: what the environment must name before it can be connected."""

    name: str
    label: str
    ready: bool
    connected: bool
    settings: tuple[str, ...]
    ways: list[ways.Choice] = field(default_factory=list)

    @property
    def is_next(self) -> bool:
        """Whether connecting it is still to do."""
        return self.ready and not self.connected


@dataclass(frozen=True)
class Row:
    """One account that a sign-in offered. `possible`: enough was granted to publish; `known`: it is connected already."""

    offer: Grant
    missing: list[granted.Missing]
    possible: bool
    known: bool
    checked: bool


def networks(actor: Actor) -> list[Network]:
    """What an admin may connect, and what must be set before where a network is not set up."""
    realm = actor.library.mode
    connected = set(Account.objects.visible_to(actor).filter(realm=realm).values_list("platform", flat=True))
    return [
        Network(
            name, registry.get(name).label, lines.app_for(name, realm) is not None, name in connected,
            registry.get(name).settings, ways.choices(name),
        )
        for name in registry.names()
    ]  # fmt: skip


def groups(offered: Sequence[Network]) -> list[tuple[str, list[Network]]]:
    """The networks under their headings: what is to do next stands first, the rest after it."""
    still, rest = [one for one in offered if one.is_next], [one for one in offered if one.ready and one.connected]
    parts = [
        (_("Next: connect these") if rest else _("Connect"), still),
        (_("Connect another"), rest),
        (_("Not set up here"), [one for one in offered if not one.ready]),
    ]
    return [(heading, found) for heading, found in parts if found]


def steps_open(actor: Actor) -> bool:
    """Whether this person still has the library's first steps before them."""
    return actor.library.welcomed_at is None and actor.may("settings.change")


def is_complete(actor: Actor) -> bool:
    """Whether nothing is left to connect here: the first steps are over and every network that is set up has an account."""
    return not steps_open(actor) and not any(one.is_next for one in networks(actor))


def preselected(began: OAuthState, good: Sequence[Grant]) -> list[str]:
    """A single page of the kind that was asked for is ticked; among several nobody chooses for a person."""
    way = ways.named(began.platform, began.way)
    return [good[0].external_id] if len(good) == 1 and ways.meant(way, good[0].facts) else []


def shortfall(began: OAuthState, offers: Sequence[Grant]) -> tuple[str, list[str]] | None:
    """None where the sign-in brought what it was begun for; else what to do, and the rights that were not granted."""
    way = ways.named(began.platform, began.way)
    if way is None or any(ways.meant(way, one.facts) for one in offers):
        return None
    words = next(one.none_came for one in ways.choices(began.platform) if one.name == way.name)
    given = {scope for one in offers for scope in one.facts.get("scopes", ())}
    return words, [scope for scope in way.scopes if scope not in given]


def rows(actor: Actor, began: OAuthState, offers: Sequence[Grant], ticked: Sequence[str]) -> list[Row]:
    """What was offered, as a list to tick."""
    known = set(Account.objects.visible_to(actor).filter(platform=began.platform, realm=began.realm)
                .values_list("external_id", flat=True))  # fmt: skip
    return [
        Row(
            one, granted.in_words(began.platform, one.missing), not granted.cannot_publish(began.platform, one.missing),
            one.external_id in known, one.external_id in ticked,
        )
        for one in offers
    ]  # fmt: skip
