"""What people do with the calendar itself: keep views, open and close addresses for other calendars, tend the almanac."""

from __future__ import annotations

import secrets
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, Refused, require
from planner import observances
from planner.models import AlmanacMark, FeedAddress, LocalDay, SavedView

VIEWS_MAX = 40


def save_view(*, actor: Actor, name: str, page: str, query: str, shared: bool) -> SavedView:
    """Keep a page with its filter under a name; the same name again replaces it. Shared: for the whole library.

    Raises Refused `no_name`, `too_many`, `bad_page`.
    """
    require(actor, "post.edit_any" if shared else "post.read")
    name = " ".join(name.split())[:60]
    if not name:
        raise Refused("no_name", _("Give the view a name."))
    if page not in SavedView.PAGES or len(query) > 500:
        raise Refused("bad_page", _("This page cannot be kept."))
    owner = None if shared else actor.user
    mine = SavedView.objects.filter(library=actor.library, owner=owner)
    if mine.count() >= VIEWS_MAX and not mine.filter(name=name).exists():
        raise Refused("too_many", _("There are %(n)s views already. Remove one first.") % {"n": VIEWS_MAX})
    with transaction.atomic():
        view, _new = SavedView.objects.update_or_create(
            library=actor.library,
            owner=owner,
            name=name,
            defaults={"page": page, "query": query, "made_by": actor.user},
        )
        audit.record.record(actor, Action.VIEW_SAVED, view, name=name, page=page, query=query, shared=shared)
    return view


def _may_change(actor: Actor, view: SavedView) -> None:
    """Own views by their owner, shared ones by staff and above."""
    require(actor, "post.read" if view.owner_id == actor.user_id else "post.edit_any", view)
    if view.owner_id not in (None, actor.user_id):
        raise Refused("not_yours", _("This view is a colleague's."))


def remove_view(*, actor: Actor, view: SavedView) -> None:
    """Forget a view; the address that other calendars read it at ends with it. Raises Refused `not_yours`."""
    _may_change(actor, view)
    with transaction.atomic():
        audit.record.record(actor, Action.VIEW_REMOVED, view, name=view.name)
        view.delete()


def make_address(*, actor: Actor, view: SavedView) -> str:
    """A new secret address for a view; an older one stops working. Returns the secret, which nothing here keeps.

    Raises Refused `not_yours`.
    """
    _may_change(actor, view)
    require(actor, "post.draft", view)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        SavedView.objects.select_for_update().get(pk=view.pk)
        FeedAddress.objects.filter(view=view, revoked_at=None).update(revoked_at=Now())
        FeedAddress.objects.create(
            library=actor.library, view=view, digest=FeedAddress.digest_of(secret), made_by=actor.user
        )
        audit.record.record(actor, Action.ADDRESS_MADE, view, name=view.name)
    return secret


def revoke_address(*, actor: Actor, view: SavedView) -> bool:
    """Close the address of a view. False where none was open. Raises Refused `not_yours`."""
    _may_change(actor, view)
    with transaction.atomic():
        closed = FeedAddress.objects.filter(view=view, revoked_at=None).update(revoked_at=Now())
        if closed:
            audit.record.record(actor, Action.ADDRESS_REVOKED, view, name=view.name)
    return bool(closed)


def mark_row(*, actor: Actor, key: str, hidden: bool, care: bool, note: str) -> AlmanacMark:
    """Say of a row of the almanac whether it is shown here and whether it needs care. Raises Refused `no_such_row`."""
    require(actor, "settings.change")
    if key not in observances.rows():
        raise Refused("no_such_row", _("There is no such day in the almanac."))
    with transaction.atomic():
        said = {"hidden": hidden, "care": care, "note": note.strip()[:300]}
        mark, _new = AlmanacMark.objects.update_or_create(library=actor.library, key=key, defaults=said)
        audit.record.record(actor, Action.ALMANAC_CHANGED, mark, **said)
    return mark


def add_local_day(*, actor: Actor, name: str, on: date, days: int, yearly: bool, care: bool, note: str) -> LocalDay:
    """A day of the library's own. Raises Refused `bad_day`."""
    require(actor, "settings.change")
    try:
        with transaction.atomic():
            day = LocalDay.objects.create(
                library=actor.library,
                name=name.strip()[:120],
                on=on,
                days=days,
                yearly=yearly,
                care=care,
                note=note.strip()[:300],
            )
            audit.record.record(actor, Action.LOCAL_DAY_ADDED, day, name=day.name, on=str(on), days=days, yearly=yearly)
    except IntegrityError:
        raise Refused("bad_day", _("A day needs a name, and lasts between 1 and 31 days.")) from None
    return day


def remove_local_day(*, actor: Actor, day: LocalDay) -> None:
    """Take a day of the library's own out of the calendar."""
    require(actor, "settings.change", day)
    with transaction.atomic():
        audit.record.record(actor, Action.LOCAL_DAY_REMOVED, day, name=day.name)
        day.delete()
