"""Series: begun from a post, approved once, made into posts ahead of time, left out one by one, stopped from a day on."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import audit.record
from audit.actions import Action
from core.dispatch import PROCESSING, SCHEDULED, SENDING, SENT, UNCONFIRMED
from libraries import notices
from libraries.models import NO_REVIEW, Membership
from libraries.permissions import Actor, Refused, require
from posts import recurrence, times, validation
from posts.actions.delivering import cancel_delivery
from posts.actions.drafting import check_copy, chosen_accounts, make_revision
from posts.actions.reviewing import schedule_post
from posts.models import Post, Review, Series, WorkingCopy

AHEAD = timedelta(days=60)
DRAFTS = ("draft", "in_review", "changes_requested", "approved")
GONE_OUT = (SENDING, PROCESSING, UNCONFIRMED, SENT)


def begin_series(
    *, actor: Actor, post: Post, rule: recurrence.Rule, starts_on: dt.date, at: dt.time, tz: str, title: str = ""
) -> Series:
    """What a post says, again and again. Its first 60 days become drafts at once; they go out once it is approved.

    Raises Refused `problems` while something of the text blocks, `no_dates` and `too_many` for a rule that comes to
    nothing or to more than recurrence.MOST, `zone_unknown`.
    """
    require(actor, "post.submit", post)
    if blocking := validation.blocking(check_copy(post)):
        raise Refused("problems", blocking[0].text)
    if tz not in zoneinfo.available_timezones():
        raise Refused("zone_unknown", _("That time zone does not exist."))
    text, now = rule.text(starts_on), timezone.now()
    check_dates(text, starts_on, now.astimezone(zoneinfo.ZoneInfo(tz)).date())
    with transaction.atomic():
        series = Series.objects.create(
            library_id=post.library_id, realm=post.realm, author=actor.user, title=(title or str(post))[:200],
            content=post.working_copy.content, rule=text, starts_on=starts_on, at=at.replace(second=0, microsecond=0), tz=tz,
        )  # fmt: skip
        audit.record.record(actor, Action.SERIES_BEGUN, series, post=post.pk, title=series.title, detail=text)
        _make(series, now)
        notices.raise_notice(
            series.library_id, f"series:{series.pk}", verb="post.approve", path=f"/series/{series.pk}/", tone="ask",
            title=_("“%(title)s” waits for approval as a series.") % {"title": series.title[:100]},
            text=_("One approval covers every post that says the same. Until then nothing of it goes out."),
        )  # fmt: skip
    series.refresh_from_db()
    return series


def check_dates(text: str, starts_on: dt.date, today: dt.date) -> None:
    """Raises Refused where a rule has no day to come, or more days than a series may have."""
    days = list(recurrence.dates(text, starts_on))
    if not days or days[-1] < today:
        raise Refused("no_dates", _("No day fits that rule. Look at the first day and the end."))
    if "UNTIL" in text and len(days) == recurrence.MOST and recurrence.goes_on(text, starts_on):
        raise Refused("too_many", _("That makes more than %(n)s posts. Choose an earlier end.") % {"n": recurrence.MOST})


def approve_series(*, actor: Actor, series: Series) -> Series:
    """One word on the text for all its occurrences that say exactly this; an edited one asks again.

    Raises Refused `own_post`, `approved`, `stopped`.
    """
    require(actor, "post.approve", as_post(series))
    own = actor.user_id == series.author_id
    if own and not actor.library.self_review and actor.library.review != NO_REVIEW:
        raise Refused("own_post", _("You wrote this, so a colleague approves it. (A library of one can allow it in Settings.)"))
    with transaction.atomic():
        locked = Series.objects.select_for_update().get(pk=series.pk)
        if locked.approved_at is not None:
            raise Refused("approved", _("This series is approved already."))
        if locked.stopped_on is not None and locked.stopped_on <= timezone.now().astimezone(locked.zone).date():
            raise Refused("stopped", _("This series was stopped."))
        Series.objects.filter(pk=series.pk).update(approved_by=actor.user, approved_at=Now(), self_review=own)
        audit.record.record(actor, Action.SERIES_APPROVED, series, title=series.title, self_review=own)
        notices.close_notices(series.library_id, f"series:{series.pk}")
    series.refresh_from_db()
    schedule_drafts(series)
    return series


def stop_series(*, actor: Actor, series: Series, on: dt.date | None = None) -> int:
    """Nothing of it from that day on (None: from today). Returns how many posts were left out; what is out stays."""
    require(actor, verb_to_stop(series), series)
    today = timezone.now().astimezone(series.zone).date()
    first = max(on or today, today)
    with transaction.atomic():
        locked = Series.objects.select_for_update().get(pk=series.pk)
        if locked.stopped_on is not None and locked.stopped_on <= first:
            raise Refused("stopped", _("This series was stopped."))
        Series.objects.filter(pk=series.pk).update(stopped_on=first)
        audit.record.record(actor, Action.SERIES_STOPPED, series, title=series.title, when=first.isoformat())
        notices.close_notices(series.library_id, f"series:{series.pk}", f"series-stuck:{series.pk}")
        later = series.posts.filter(series_on__gte=first, state__in=DRAFTS)
        n = sum(_leave_out(actor, post) for post in later.order_by("series_on"))
    series.refresh_from_db()
    return n


def skip_occurrence(*, actor: Actor, post: Post) -> Post:
    """Leave out one post of a series. Raises Refused `under_way` where it is on its way or out, `no_series`."""
    if post.series is None:
        raise Refused("no_series", _("This post belongs to no series."))
    require(actor, "post.schedule" if post.deliveries.exists() else "post.submit", post)
    with transaction.atomic():
        if not _leave_out(actor, post):
            raise Refused("under_way", _("It is being published right now and can no longer be changed."))
    post.refresh_from_db()
    return post


def verb_to_stop(series: Series) -> str:
    """Drafts alone may be stopped by whoever hands in; what is promised, by whoever schedules."""
    promised = series.approved_at is not None or series.posts.filter(deliveries__isnull=False).exists()
    return "post.schedule" if promised else "post.submit"


def _leave_out(actor: Actor, post: Post) -> bool:
    """Cancel what is scheduled and put the post away. False where something of it is out, under way or in doubt."""
    locked = Post.objects.select_for_update().get(pk=post.pk)
    if locked.state not in DRAFTS or locked.deliveries.filter(state__in=[*GONE_OUT, "attention"]).exists():
        return False
    try:
        with transaction.atomic():
            for delivery in locked.deliveries.filter(state=SCHEDULED).select_related("post"):
                cancel_delivery(actor=actor, delivery=delivery, reason=_("left out of its series"))
    except Refused:
        return False
    Post.objects.filter(pk=post.pk).update(state="archived", updated_at=Now())
    audit.record.record(actor, Action.OCCURRENCE_SKIPPED, post, when=str(post.series_on))
    return True


# --- by the clock


def make_due(now: datetime | None = None) -> int:
    """Every running series gets its posts for the next 60 days. Idempotent; returns how many posts were made."""
    now = now or timezone.now()
    made = 0
    running = Series.objects.filter(stopped_on=None, made_until__lt=(now + AHEAD).date()).select_related("library")
    for pk in running.values_list("pk", flat=True):
        with transaction.atomic():
            locked = Series.objects.select_for_update(of=("self",)).select_related("library", "author").get(pk=pk)
            if locked.realm == locked.library.mode:
                made += _make(locked, now)
    waiting = Post.objects.filter(
        series__approved_at__isnull=False, series__stopped_on=None, state="draft", current_revision=None, planned_for__gt=now
    ).values("series")  # fmt: skip
    for series in Series.objects.filter(pk__in=waiting).select_related("library", "author"):
        schedule_drafts(series)
        _tell_of_stuck(series)
    return made


def _make(series: Series, now: datetime) -> int:
    """Posts for the days up to 60 days ahead that have none yet. Runs inside a transaction."""
    today, until = now.astimezone(series.zone).date(), (now + AHEAD).astimezone(series.zone).date()
    begin = max(today, series.starts_on)
    days = recurrence.between(series.rule, series.starts_on, begin, until)
    known = set(series.posts.filter(series_on__in=days).values_list("series_on", flat=True))
    made = 0
    for day in days:
        at = times.settle(datetime.combine(day, series.at), series.zone)[0]
        if day not in known and at > now and (series.stopped_on is None or day < series.stopped_on):
            _make_one(series, day, at)
            made += 1
    Series.objects.filter(pk=series.pk).update(made_until=until)
    return made


def _make_one(series: Series, day: dt.date, at: datetime) -> None:
    post = Post.objects.create(
        library_id=series.library_id, realm=series.realm, author=series.author, title=series.title, planned_for=at,
        planned_tz=series.tz, series=series, series_on=day,
    )  # fmt: skip
    WorkingCopy.objects.create(post=post, content=series.content, saved_by=series.author)
    audit.record.record(None, Action.POST_CREATED, post, when=at.isoformat())


def schedule_drafts(series: Series) -> int:
    """Approve and schedule what still says exactly what was approved. Returns how many were scheduled.

    Only in the name of the person who approved, while they still may: else the drafts stay drafts.
    """
    approver = acting(series.approved_by_id, series) if series.approved_by_id else None
    if approver is None or not (approver.may("post.approve", as_post(series)) and approver.may("post.schedule", series)):
        return 0
    drafts = series.posts.filter(state="draft", current_revision=None, planned_for__gt=timezone.now())
    return sum(_schedule_one(series, approver, post) for post in drafts.select_related("working_copy", "library", "event"))


def _tell_of_stuck(series: Series) -> None:
    """An approved series whose posts stay drafts needs a person: an account is gone, a rule of a network changed."""
    key = f"series-stuck:{series.pk}"
    drafts = series.posts.filter(state="draft", current_revision=None, planned_for__gt=timezone.now())
    n = drafts.filter(working_copy__content=series.content).count()
    if not n:
        notices.close_notices(series.library_id, key)
        return
    title = ngettext("%(n)s post of “%(title)s” cannot be scheduled.", "%(n)s posts of “%(title)s” cannot be scheduled.", n)
    notices.raise_notice(
        series.library_id, key, verb="post.approve", path=f"/series/{series.pk}/", tone="ask",
        title=title % {"n": n, "title": series.title[:100]},
        text=_("Something stands in their way, or whoever approved the series may not any more. Open one and look."),
    )  # fmt: skip


def as_post(series: Series) -> Post:
    """An occurrence that is not stored: what rules about who approves are asked about."""
    post = Post(library_id=series.library_id, realm=series.realm, author_id=series.author_id)
    post.working_copy = WorkingCopy(content=series.content)
    return post


def acting(user_id: int, series: Series) -> Actor | None:
    """A person as a member of the series' library, whether active or not."""
    found = Membership.objects.filter(user=user_id, library=series.library_id).select_related("user", "library").first()
    return Actor(user=found.user, membership=found, library=found.library) if found else None


def _schedule_one(series: Series, approver: Actor, post: Post) -> bool:
    """One occurrence under the series' approval. False where its text is another, or something of it blocks."""
    writer = acting(series.author_id, series)
    if writer is None or validation.blocking(check_copy(post)):
        return False
    try:
        with transaction.atomic():
            locked = Post.objects.select_for_update(of=("self",)).select_related("working_copy", "library").get(pk=post.pk)
            if locked.state != "draft" or locked.working_copy.content != series.content:
                return False
            revision = make_revision(writer, locked, chosen_accounts(locked))
            Post.objects.filter(pk=post.pk).update(state="in_review")
            review = Review.objects.create(
                revision=revision, reviewer=approver.user, author=series.author, verdict=Review.APPROVE,
                self_review=series.self_review, comment=_("approved with its series"),
            )  # fmt: skip
            Post.objects.filter(pk=post.pk).update(state="approved", updated_at=Now())
            audit.record.record(
                approver, Action.POST_APPROVED, post, revision=revision.number, digest=revision.digest,
                self_review=review.self_review, comment=review.comment,
            )  # fmt: skip
            post.refresh_from_db()
            schedule_post(actor=approver, post=post, when=post.planned_for)
    except Refused:
        return False
    return True
