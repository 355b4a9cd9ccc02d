"""What the product as a whole knows about a library: its first steps, what leaving practice leaves behind, what waits."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import libraries.overview
from audit.actions import Action
from audit.models import AuditEntry
from libraries.models import PRACTICE
from libraries.overview import Stay, Step
from libraries.permissions import Actor
from platforms.models import Account
from posts.models import Delivery, Event, Post


def install() -> None:
    """Tell the pages of `libraries`, which lies below everything counted here."""
    libraries.overview.register(first_steps, what_stays)


def first_steps(actor: Actor) -> list[Step]:
    """The checklist, from what is really there."""
    mode = actor.library.mode
    looked = AuditEntry.objects.of_library(actor.library.pk).filter(action=Action.LIBRARY_CHANGED).exists()
    accounts = Account.objects.visible_to(actor).filter(realm=mode, state=Account.CONNECTED).count()
    posts = Post.objects.visible_to(actor).filter(realm=mode).exists()
    sent = Delivery.objects.visible_to(actor).filter(realm=mode, state="sent").exists()
    return [
        Step(_("Your library and its time zone"), _("Posts go out by its clocks."), looked, icon="building", form=True),
        Step(
            _("The practice network is ready: connect its accounts") if mode == PRACTICE else _("Connect your accounts"),
            _accounts_words(mode, accounts), bool(accounts), reverse("platforms:accounts"), _("Connect accounts"), "plug",
        ),
        Step(
            _("Write your first post"), _("From an event, or from nothing. A preview shows it as each network will."),
            posts, "/posts/new/", _("Write a post"), "pencil",
        ),
        Step(
            _("See it go out"), _("Schedule it, and look at it as the public sees it."), sent, "/posts/",
            _("See your posts"), "send",
        ),
    ]  # fmt: skip


def _accounts_words(mode: str, accounts: int) -> str:
    if accounts:
        return ngettext("%(n)s account is connected.", "%(n)s accounts are connected.", accounts) % {"n": accounts}
    if mode == PRACTICE:
        return _("Four networks run on this computer and behave like the real ones. Nobody else sees them.")
    return _("You sign in at each network and choose the page to speak for.")


def what_stays(actor: Actor) -> list[Stay]:
    """What leaving practice leaves behind, and what comes along."""
    posts = Post.objects.visible_to(actor).filter(realm=PRACTICE)
    waiting = posts.filter(deliveries__state="scheduled").distinct().count()
    out = posts.filter(deliveries__state="sent").distinct().count()
    return [
        Stay("accounts", Account.objects.visible_to(actor).filter(realm=PRACTICE).count(), _("Practice accounts"),
             _("They stay on the practice network. You connect the real ones afterwards.")),
        Stay("drafts", posts.filter(deliveries=None).count(), _("Drafts"),
             _("They can still be read; a real post is written anew.")),
        Stay("scheduled", waiting, _("Scheduled posts"),
             _("They still go out, on the practice network alone.")),
        Stay("published", out, _("Posts published on the practice network"),
             _("They stay there, with their record.")),
        Stay("events", Event.objects.visible_to(actor).count(), _("Events"), _("They are real and come along."), True),
        Stay("people", actor.library.memberships.filter(is_active=True).count(), _("People and their roles"),
             _("They come along."), True),
    ]  # fmt: skip
