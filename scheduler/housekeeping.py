"""What runs now and then: sealing the record, mailing notices, watching the workers and our own address."""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import head
from audit.record import seal
from core.models import Worker
from libraries import notices, public_address
from libraries.models import Library, Notice
from posts.actions.holding import OF_A_PAUSE
from posts.models import Delivery
from scheduler import looking
from scheduler.kinds import KINDS

log = logging.getLogger(__name__)
STUCK_AFTER = timedelta(minutes=2)
RECORD_CUT = "record"


def mail_notices() -> int:
    """E-mail what is new. A mail server that fails is itself a notice, once."""
    try:
        sent = notices.mail_new(settings.PUBLIC_URL)
        if sent:
            notices.close_notices(None, "mail")
        return sent
    except (smtplib.SMTPException, OSError) as error:
        log.warning("E-mail could not be sent: %s", error)
        for library in Library.objects.all():
            notice = notices.raise_notice(
                library.pk, "mail", verb="settings.change", path="/settings/", tone="ask",
                title=_("E-mail does not leave this server."),
                text=_("Notices stand here, but nobody is mailed. Check the mail settings and send yourself a test."),
            )  # fmt: skip
            Notice.objects.filter(pk=notice.pk).update(emailed_at=timezone.now())
        return 0


def watch_overdue() -> int:
    """Posts that are long due, not held and not moving: people are told, once a library."""
    late = timezone.now() - STUCK_AFTER
    waiting = Q(state="scheduled", hold="") | Q(state="unconfirmed")  # each try moves due_at on
    libraries = set(
        Delivery.objects.filter(waiting, Q(after=None) | Q(after__state="sent"), due_at__lt=late, account__state="connected")
        .filter(Q(account__blocked_until=None) | Q(account__blocked_until__lt=timezone.now()))
        .values_list("library_id", flat=True)
    )
    for library_id in libraries:
        notices.raise_notice(
            library_id, "worker", verb="post.schedule", path="/calendar/", tone="bad",
            title=_("Posts that are due are not going out."),
            text=_("Nothing is lost: they go out as soon as the worker runs again. Ask whoever runs the server to look."),
        )  # fmt: skip
    if not libraries:
        notices.close_notices(None, "worker")
    return len(libraries)


def watch_held() -> int:
    """Posts that are held past their time: people are told, once each. Returns how many were told of."""
    late = timezone.now() - STUCK_AFTER
    held = Delivery.objects.filter(state="scheduled", due_at__lt=late).exclude(hold="").exclude(hold="event")
    held = held.exclude(holds__reason__in=OF_A_PAUSE)  # a band on every page tells of those
    told = 0
    for delivery in held[:200]:
        key = f"delivery:{delivery.pk}"
        if Notice.objects.filter(library=delivery.library_id, key=key, resolved_at=None).exists():
            continue
        notices.raise_notice(
            delivery.library_id, key, verb="post.schedule", path=f"/posts/{delivery.post_id}/", tone="ask",
            title=_("A post is past its time and still held."),
            text=_("It goes out as soon as nothing holds it any more, or is given up when it is too late. Look at its page."),
        )  # fmt: skip
        told += 1
    return told


def watch_doubts() -> int:
    """Posts nobody can ask about, because their account is not connected any more."""
    return sum(looking.give_up_on_doubt(kind) for kind in KINDS.values())


def forget_workers() -> int:
    """Rows of workers that have been gone for a day."""
    gone = timezone.now() - timedelta(days=1)
    return Worker.objects.filter(beat_at__lt=gone).delete()[0]


def keep_record() -> int:
    """Seal what is new, and keep the newest seal outside the database too. Returns how many entries were sealed."""
    sealed = seal()
    try:
        if not head.move_on():
            _tell_of_a_cut(_("Its newest seals are no longer in the database."))
    except head.HeadUnreadable:
        _tell_of_a_cut(_("The seal that is kept beside the database cannot be read."))
    except OSError as error:
        log.warning("The newest seal could not be kept outside the database: %s", error)
    return sealed


def _tell_of_a_cut(text: str) -> None:
    """Once each library, also when the notice was closed: what is gone does not come back by itself."""
    told = set(Notice.objects.filter(key=RECORD_CUT).values_list("library_id", flat=True))
    for library in Library.objects.exclude(pk__in=told):
        log.error("The record does not hold: %s", text)
        notices.raise_notice(
            library.pk, RECORD_CUT, verb="audit.read", path="/record/", tone="bad",
            title=_("The record was changed from outside."),
            text=text + " " + _("Verify the record and tell whoever looks after the server."),
        )  # fmt: skip


def check_address() -> int:
    return int(public_address.check_and_keep())
