"""What changes a library, its people and its settings. Each begins with `require` and ends in the record."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils.text import slugify
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from audit.models import AuditContent, AuditEntry
from libraries import mailing, public_address
from libraries.models import LIVE, PRACTICE, Branch, Library, Membership, Notice, Role, User
from libraries.permissions import Actor, Refused, require

SETTINGS = ("name", "tz", "website", "review", "self_review", "small_edits")
BRANCH = ("name", "phone", "hours", "tz", "aliases")


def change_library(*, actor: Actor, **changes: Any) -> Library:
    """Name, time zone, website, and whether authors may approve their own posts. Records what it was and what it is.

    Saving without a change is recorded too: it says that somebody looked at it and found it right.
    """
    library = actor.library
    require(actor, "settings.change", library)
    with transaction.atomic():
        held = Library.objects.select_for_update().get(pk=library.pk)
        before = {name: getattr(held, name) for name in SETTINGS if name in changes}
        Library.objects.filter(pk=library.pk).update(**{name: changes[name] for name in before})
        moved = {name: [old, changes[name]] for name, old in before.items() if old != changes[name]}
        audit.record.record(actor, Action.LIBRARY_CHANGED, library, library_id=library.pk, changes=moved)
    library.refresh_from_db()
    return library


def save_branch(*, actor: Actor, branch: Branch | None = None, **fields: Any) -> Branch:
    """A new branch, or a change of one (see BRANCH). Raises Refused `taken` for a name that another one has.

    Its short name in addresses stays as it was made.
    """
    require(actor, "settings.change", branch)
    said = {name: fields[name] for name in BRANCH if name in fields}
    with transaction.atomic():
        Library.objects.select_for_update().get(pk=actor.library.pk)  # two at once are asked about each other
        others = Branch.objects.filter(library=actor.library).exclude(pk=branch.pk if branch else None)
        if others.filter(name__iexact=said.get("name", "")).exists():
            raise Refused("taken", _("There is a branch of that name already."))
        if branch is None:
            slug = slugify(said["name"])[:40] or "branch"
            taken = set(others.filter(slug__startswith=slug).values_list("slug", flat=True))
            free = next(one for n in itertools.count(1) if (one := slug if n == 1 else f"{slug}-{n}") not in taken)
            branch, before = Branch.objects.create(library=actor.library, slug=free, **said), {}
        else:
            held = Branch.objects.select_for_update().get(pk=branch.pk)
            before = {name: getattr(held, name) for name in said}
            Branch.objects.filter(pk=branch.pk).update(**said)
        moved = {name: [before.get(name), new] for name, new in said.items() if before.get(name) != new}
        audit.record.record(actor, Action.BRANCH_CHANGED, branch, label=said.get("name", str(branch)), changes=moved)
    branch.refresh_from_db()
    return branch


def finish_welcome(*, actor: Actor) -> None:
    """The first steps are done or put away; they no longer open by themselves."""
    require(actor, "settings.change", actor.library)
    with transaction.atomic():
        if Library.objects.filter(pk=actor.library.pk, welcomed_at=None).update(welcomed_at=Now()):
            audit.record.record(actor, Action.LIBRARY_WELCOMED, actor.library, library_id=actor.library.pk)


def add_person(*, actor: Actor, name: str, email: str, role: str) -> tuple[Membership, str]:
    """A new colleague. Returns the membership and the first password, which is shown once and kept nowhere.

    Somebody who has a sign-in at another library of this installation keeps it; the password is then "".
    """
    require(actor, "people.manage")
    with transaction.atomic():
        user, password = User.objects.filter(email__iexact=email).first(), ""
        if user is None:
            password = secrets.token_urlsafe(12)
            user = User.objects.create_user(email=email, password=password, name=name)
        elif Membership.objects.filter(user=user, library=actor.library).exists():
            raise Refused("already_here", _("%(person)s is in the list already.") % {"person": user})
        membership = Membership.objects.create(library=actor.library, user=user, role=Role(role))
        audit.record.record(actor, Action.MEMBERSHIP_CHANGED, membership, added=True, role=role)
    return membership, password


def change_membership(*, actor: Actor, membership: Membership, role: str, is_active: bool) -> Membership:
    """Another role, or in or out. The database keeps one active admin; its refusal is put into words."""
    require(actor, "people.manage", membership)
    before = [membership.role, membership.is_active]
    try:
        with transaction.atomic():
            Membership.objects.filter(pk=membership.pk).update(role=Role(role), is_active=is_active)
            _ask_now("membership_an_admin_stays")
            audit.record.record(
                actor, Action.MEMBERSHIP_CHANGED, membership, label=str(membership.user), before=before,
                after=[role, is_active],
            )  # fmt: skip
    except IntegrityError as error:
        if "an_admin_stays" not in str(error) and "at least one active admin" not in str(error):
            raise
        raise Refused(
            "last_admin", _("A library keeps at least one admin. Make somebody else an admin first.")
        ) from error
    membership.refresh_from_db()
    return membership


def _ask_now(constraint: str) -> None:
    """A deferred constraint speaks at the end of the transaction; we want its answer while we can still word it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {constraint} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS {constraint} DEFERRED")


def change_password(*, actor: Actor, new: str) -> None:
    """One's own password. Nobody else's: an admin gives a first one and never learns the next."""
    require(actor, "library.read")
    actor.user.set_password(new)
    with transaction.atomic():
        actor.user.save(update_fields=["password"])
        audit.record.record(
            actor, Action.MEMBERSHIP_CHANGED, actor.membership, label=str(actor.user), password_changed=True
        )


def go_live(*, actor: Actor, staying: Mapping[str, int]) -> Library:
    """Leave practice: what is made from now on is for the public. `staying` says what was left behind, for the record.

    There is no way back, because a library that flips between the two would lose sight of which posts are real.
    """
    library = actor.library
    require(actor, "settings.change", library)
    with transaction.atomic():
        if not Library.objects.filter(pk=library.pk, mode=PRACTICE).update(mode=LIVE):
            raise Refused("already_live", _("This library left practice already."))
        audit.record.record(
            actor, Action.LIBRARY_WENT_LIVE, library, library_id=library.pk, realm=LIVE, staying=dict(staying)
        )
    library.refresh_from_db()
    return library


def test_mail(*, actor: Actor) -> mailing.Answer:
    """Send the actor a letter and say what the mail server answered."""
    require(actor, "settings.change")
    answer = mailing.send_test(actor.user.email, actor.library.name)
    with transaction.atomic():
        audit.record.record(
            actor, Action.MAIL_TESTED, actor.library, library_id=actor.library.pk, good=answer.good, answer=answer.text
        )
    return answer


def check_address(*, actor: Actor) -> Library:
    """Ask our public address who it is, and keep the answer."""
    require(actor, "settings.change", actor.library)
    public_address.check_and_keep()
    actor.library.refresh_from_db()
    return actor.library


def close_notice(*, actor: Actor, notice: Notice) -> None:
    """Put a notice away. It comes back when its cause does."""
    require(actor, "notice.close", notice)
    require(actor, notice.verb, notice)
    if notice.person_id not in (None, actor.user_id):
        raise Refused("not_yours", _("It concerns a colleague alone, who puts it away."))
    with transaction.atomic():
        if Notice.objects.filter(pk=notice.pk, resolved_at=None).update(resolved_at=Now()):
            audit.record.record(actor, Action.NOTICE_CLOSED, notice, key=notice.key)


def erase_entry(*, actor: Actor, entry: AuditEntry, reason: str) -> None:
    """Empty what one entry of the record says, for good. That it was erased, by whom and why, is an entry of its own."""
    require(actor, "audit.erase", entry)
    if not reason.strip():
        raise Refused("reason_missing", _("Say why: the reason stays in the record."))
    if AuditContent.objects.filter(entry=entry, erased_at__isnull=False).exists():
        raise Refused("erased_already", _("This entry was erased before."))
    audit.record.erase(actor, entry, reason=reason.strip())
