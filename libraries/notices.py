"""Raising, closing and mailing notices: nothing fails in silence."""

from __future__ import annotations

from django.core.mail import send_mail
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from libraries import mailing
from libraries.models import Library, Membership, Notice, User
from libraries.permissions import VERBS, Actor, roles_for


def raise_notice(
    library_id: int, key: str, *, title: str, text: str = "", path: str = "", verb: str = "post.resolve",
    tone: str = "bad", person: User | None = None,
) -> Notice:  # fmt: skip
    """One open notice per key; raising it again counts and refreshes its words. `person`: it concerns them alone."""
    notice, created = Notice.objects.get_or_create(
        library_id=library_id, key=key, resolved_at=None,
        defaults={"title": title, "text": text, "path": path, "verb": verb, "tone": tone, "person": person},
    )  # fmt: skip
    if not created:
        Notice.objects.filter(pk=notice.pk).update(times=F("times") + 1, title=title, text=text, path=path)
    return notice


def close_notices(library_id: int | None, *keys: str) -> int:
    """Close the open notices with these keys (of one library, or of all when None). Returns how many."""
    notices = Notice.objects.filter(key__in=keys, resolved_at=None)
    if library_id is not None:
        notices = notices.filter(library_id=library_id)
    return notices.update(resolved_at=Now())


def open_for(actor: Actor) -> QuerySet[Notice]:
    """The open notices this person may act on, newest first."""
    verbs = [verb for verb in VERBS if actor.may(verb)]
    mine = Q(person=None) | Q(person=actor.user_id)
    return Notice.objects.filter(mine, library=actor.library, resolved_at=None, verb__in=verbs).order_by("-raised_at")


def close_mine(*, actor: Actor, notice: Notice) -> bool:
    """Put away what concerns the actor alone. False where it does not, or where it was put away before."""
    if notice.person_id != actor.user_id or notice.library_id != actor.library.pk:
        return False
    return bool(Notice.objects.filter(pk=notice.pk, resolved_at=None).update(resolved_at=Now()))


def mail_new(public_url: str, sender: str | None = None, limit: int = 50) -> int:
    """E-mail every open notice once, to those whose role may act. Returns how many were mailed.

    The mark is set first: a notice mailed twice is worse than one that stands in the app only. An error of the mail
    server is left to the caller.
    """
    sent = 0
    for notice in Notice.objects.filter(emailed_at=None, resolved_at=None).select_related("library")[:limit]:
        if not Notice.objects.filter(pk=notice.pk, emailed_at=None).update(emailed_at=Now()):
            continue
        people = Membership.objects.filter(
            library=notice.library, is_active=True, user__is_active=True, role__in=roles_for(notice.verb)
        )
        if notice.person_id:
            people = people.filter(user=notice.person_id)
        to = list(people.values_list("user__email", flat=True))
        subject = mailing.one_line(f"[{notice.library.name}] {notice.title}")
        body = f"{notice.text}\n\n{public_url}{notice.path}\n\n{notice.library.name} · Library Social"
        for address in to:
            send_mail(subject, body, sender, [address])
        sent += 1
    return sent


def library_of_one(library: Library) -> bool:
    """Whether authors may approve their own posts here: the library says so and one person alone could approve."""
    return library.self_review


def who_can_act(library_id: int, verb: str) -> list[str]:
    """Names of the first five people whose role has the verb, so that a reader knows whom to tell."""
    return list(
        Membership.objects.filter(
            library=library_id, is_active=True, user__is_active=True, role__in=roles_for(verb)
        ).order_by("user__name").values_list("user__name", flat=True)[:5]
    )  # fmt: skip
