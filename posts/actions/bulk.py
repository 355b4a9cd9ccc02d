"""Many posts at once: a table imported, posts written once more, moved, handed over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.models import Membership, User
from libraries.permissions import Actor, Refused, require
from posts import times
from posts.actions.delivering import move_post
from posts.actions.drafting import create_post, may_edit, submit_post
from posts.actions.planning import plan_post
from posts.bulk import verdicts
from posts.bulk.sheet import Sheet
from posts.models import BulkImport, Campaign, Event, Post

KEPT = timedelta(days=2)


def hold_import(*, actor: Actor, name: str, sheet: Sheet) -> BulkImport:
    """Judge a table and keep the verdicts for two days. Creates no post."""
    require(actor, "post.draft")
    BulkImport.objects.visible_to(actor).filter(done_at=None, made_at__lt=timezone.now() - KEPT).delete()
    rows = [verdict.stored() for verdict in verdicts.judged(actor, sheet, timezone.now())]
    notes = [_("Read as %(encoding)s.") % {"encoding": sheet.encoding.upper()}]
    if sheet.ignored:
        notes.append(_("These columns mean nothing here and were left out: %(names)s.") % {"names": ", ".join(sheet.ignored)})
    return BulkImport.objects.create(
        library=actor.library, realm=actor.library.mode, name=name[:200] or _("Table"), rows=rows, notes=notes,
        made_by=actor.user,
    )  # fmt: skip


def confirm_import(*, actor: Actor, held: BulkImport, review: bool = False) -> list[int]:
    """Make a draft of every good row, all or none, and once however often it is asked. Returns the posts' ids.

    `review`: what nothing stands in the way of goes to review at once. Raises Refused `mode_changed`.
    """
    require(actor, "post.draft", held)
    with transaction.atomic():
        locked = BulkImport.objects.visible_to(actor).select_for_update().get(pk=held.pk)
        if locked.done_at is not None:
            return list(locked.made)
        if locked.realm != actor.library.mode:
            raise Refused("mode_changed", _("The library left practice mode since this table was read. Read it once more."))
        made = [_post_of(actor, row, review) for row in locked.rows if row["good"]]
        BulkImport.objects.filter(pk=locked.pk).update(done_at=Now(), made=[post.pk for post in made])
        audit.record.record(actor, Action.POSTS_IMPORTED, locked, posts=[post.pk for post in made])
    return [post.pk for post in made]


def discard_import(*, actor: Actor, held: BulkImport) -> None:
    """Forget a table that was not confirmed. Posts that came of a confirmed one stay."""
    require(actor, "post.draft", held)
    BulkImport.objects.visible_to(actor).filter(pk=held.pk, done_at=None).delete()


def _post_of(actor: Actor, row: dict[str, Any], review: bool) -> Post:
    event = Event.objects.visible_to(actor).filter(pk=row["event"]).first() if row["event"] else None
    post = create_post(actor=actor, title=row["title"], event=event, content=row["content"])
    if row["campaign"] and Campaign.objects.visible_to(actor).filter(pk=row["campaign"]).exists():
        Post.objects.filter(pk=post.pk).update(campaign=row["campaign"])
    moment = datetime.fromisoformat(row["planned"]) if row["planned"] else None
    if moment is not None and moment > timezone.now():  # a day may pass between looking and confirming
        plan_post(actor=actor, post=post, when=moment)
    if review and not row["said"]:
        post.refresh_from_db()
        submit_post(actor=actor, post=post, planned_for=post.planned_for)
    return post


def duplicate_post(*, actor: Actor, post: Post) -> Post:
    """The same words, pictures and accounts as a new draft of the person who asks; without a time."""
    require(actor, "post.draft")
    require(actor, "post.read", post)
    content = {**post.working_copy.content}
    title = _("%(title)s (once more)") % {"title": post.title[:180]} if post.title else ""
    with transaction.atomic():
        copy = create_post(actor=actor, title=title, event=post.event, content=content)
        Post.objects.filter(pk=copy.pk).update(campaign=post.campaign_id)
        audit.record.record(actor, Action.POST_DUPLICATED, copy, of=post.pk)
    copy.refresh_from_db()
    return copy


def shift_post(*, actor: Actor, post: Post, days: int) -> Post:
    """Move a planned or scheduled post by whole days. Its wall time stays, also over a change of the clocks.

    Raises Refused: `no_time`, `time_in_gap`, `time_past`, or why it cannot be moved any more.
    """
    draft = post.state in ("draft", "changes_requested")
    require(actor, "post.draft" if draft else "post.schedule", post)
    if post.planned_for is None:
        raise Refused("no_time", _("It has no time yet, so there is nothing to move."))
    wall = post.planned_for.astimezone(post.zone)
    moment = times.instant((wall + timedelta(days=days)).replace(tzinfo=None, fold=0), post.zone, fold=wall.fold)
    times.not_past(moment, timezone.now())
    if draft:
        return plan_post(actor=actor, post=post, when=moment)
    move_post(actor=actor, post=post, when=moment)
    post.refresh_from_db()
    return post


def hand_over(*, actor: Actor, post: Post, to: User) -> Post:
    """Make a colleague the author of a draft. Who wrote which version stays in the record.

    Raises Refused `not_a_draft` for what was handed in, `no_drafts` for a person who may not write.
    """
    require(actor, "post.draft", post)
    if not may_edit(actor, post):
        require(actor, "post.edit_any", post)
    theirs = Membership.objects.filter(user=to, library=actor.library, is_active=True, user__is_active=True).first()
    if theirs is None or not Actor(to, theirs, actor.library).may("post.draft"):
        raise Refused("no_drafts", _("%(name)s may not write posts here.") % {"name": to})
    with transaction.atomic():
        if not Post.objects.filter(pk=post.pk, state__in=["draft", "changes_requested"]).update(author=to, updated_at=Now()):
            raise Refused("not_a_draft", _("It was handed in already, so its author stays."))
        audit.record.record(actor, Action.POST_HANDED_OVER, post, to=to.pk)
    post.refresh_from_db()
    return post
