"""What is not approved by its time is not published: its author and its reviewers are told before and after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries import notices
from libraries.models import Notice, User
from posts import approvers
from posts.models import Post, ReviewWarning

DAY, HOURS, LATE = ReviewWarning.STAGES
BEFORE = {DAY: timedelta(hours=24), HOURS: timedelta(hours=2), LATE: timedelta(0)}
LOOK_BACK = timedelta(days=7)  # older than that is history: nobody is told anew of it
AT_ONCE = 200


def unapproved(now: datetime) -> QuerySet[Post]:
    """Posts handed in at least once, with a time that is near or passed lately, and not approved as they stand."""
    waits = Q(state__in=["in_review", "changes_requested"]) | Q(state="draft", current_revision__isnull=False)
    return Post.objects.filter(
        waits, planned_for__lte=now + BEFORE[DAY], planned_for__gt=now - LOOK_BACK
    ).select_related("author", "library", "event", "working_copy").order_by("planned_for", "pk")  # fmt: skip


def stage_of(post: Post, now: datetime) -> str:
    """The nearest warning that is due: late, two hours, a day."""
    assert post.planned_for is not None
    left = post.planned_for - now
    return LATE if left <= BEFORE[LATE] else HOURS if left <= BEFORE[HOURS] else DAY


def warn_of_unapproved(now: datetime | None = None) -> int:
    """Tell of every such post, once for each stage; a stage that was missed is not made up for. Returns how many."""
    now, told = now or timezone.now(), 0
    posts = list(unapproved(now)[:AT_ONCE])
    known = set(ReviewWarning.objects.filter(post__in=posts).values_list("post_id", "planned_for", "stage"))
    for post in posts:
        stage = stage_of(post, now)
        if (post.pk, post.planned_for, stage) not in known:
            told += _warn_once(post, stage)
    return told


def _warn_once(post: Post, stage: str) -> int:
    assert post.planned_for is not None
    with transaction.atomic():
        made = ReviewWarning.objects.get_or_create(
            post=post, planned_for=post.planned_for, stage=stage,
            defaults={"library_id": post.library_id, "realm": post.realm},
        )[1]  # fmt: skip
        if made:
            close_warnings(post)
            _tell(post, stage)
            if stage == LATE:
                audit.record.record(None, Action.POST_LATE, post, stage=stage, when=post.planned_for.isoformat())
    return int(made)


def _tell(post: Post, stage: str) -> None:
    name = post.title or post.working_copy.content.get("body", "")[:60] or _("A post without a name")
    titles = {
        DAY: _("Not approved yet, planned within 24 hours: %(name)s"),
        HOURS: _("Not approved yet, planned within two hours: %(name)s"),
        LATE: _("Not published, because nobody approved it in time: %(name)s"),
    }
    local = timezone.localtime(post.planned_for, post.zone)
    when = f"{local:%Y-%m-%d %H:%M} {post.zone.key}"
    mine, theirs = _words(post, stage, when)
    for user in _people(post):
        writes = user.pk == post.author_id
        waits_for_them = post.state == "in_review" and not writes
        notices.raise_notice(
            post.library_id, f"approval:{post.pk}:{stage}:{user.pk}", verb="post.read", person=user,
            tone="bad" if stage == LATE else "ask", title=(titles[stage] % {"name": name})[:200],
            text=theirs if waits_for_them else mine,
            path=f"/posts/review/?post={post.pk}" if waits_for_them else f"/posts/{post.pk}/",
        )  # fmt: skip


def _words(post: Post, stage: str, when: str) -> tuple[str, str]:
    """What its author is told, and what a reviewer is told."""
    if stage == LATE:
        return (
            _("It was planned for %(when)s. Nothing is lost: once it is approved, it gets another time.") % {"when": when},
            _("It was planned for %(when)s. You can still approve it and give it another time.") % {"when": when},
        )
    return (
        _("It is planned for %(when)s. Without an approval it is not published. Ask a reviewer, or choose a later time.")
        % {"when": when},
        _("It is planned for %(when)s. Without your approval it is not published.") % {"when": when},
    )


def _people(post: Post) -> Iterable[User]:
    """Its author, and while it waits for a verdict those who could give one."""
    people = {post.author.pk: post.author}
    if post.state == "in_review":
        people |= {user.pk: user for user in approvers.people_for(post)}
    return people.values()


def close_warnings(post: Post) -> None:
    """What was said about this post's missing approval is dealt with, or said anew."""
    Notice.objects.filter(
        library=post.library_id, key__startswith=f"approval:{post.pk}:", resolved_at=None
    ).update(resolved_at=Now())  # fmt: skip
