"""Ten seconds to undo, times told from slots and events, and what comes down by itself."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from core.dispatch import CANCELLED, EXPIRED, FAILED, SCHEDULED
from libraries.permissions import Actor, Refused, require
from posts import queries_slots, relative
from posts.actions.delivering import cancel_delivery
from posts.actions.drafting import may_edit
from posts.actions.freezing import expiry
from posts.models import Delivery, Post


def undo_publish(*, actor: Actor, post: Post) -> Post:
    """Stop what is about to go, and make it the draft that it was, with everything in it.

    Raises Refused `too_late` where something of it is on its way or out already; what was not is stopped all the same.
    """
    require(actor, "post.schedule", post)
    late: list[Delivery] = []
    with transaction.atomic():
        for delivery in post.deliveries.select_related("post", "account").order_by("pk"):
            with suppress(Refused):  # a worker was first
                if delivery.state == SCHEDULED:
                    cancel_delivery(actor=actor, delivery=delivery, reason=_("undone"))
            delivery.refresh_from_db(fields=["state"])
            if delivery.state not in (CANCELLED, FAILED, EXPIRED):
                late.append(delivery)
        if not late:
            back = Post.objects.filter(pk=post.pk, state="approved")
            back.update(state="draft", planned_for=None, moments={}, relative="", updated_at=Now())
            audit.record.record(actor, Action.POST_UNDONE, post)
    if late:
        names = ", ".join(delivery.account.name for delivery in late)
        raise Refused(
            "too_late",
            _("Too late for %(names)s: it is on its way or out. What had not begun is stopped. It can be taken down from here.")
            % {"names": names},
        )
    post.refresh_from_db()
    return post


def plan_by_slots(*, actor: Actor, post: Post) -> Post:
    """Each account of a draft takes its next free slot. Raises Refused `no_slot` where an account has none.

    Two people who take slots at once wait for each other, so that none is taken twice.
    """
    _may_plan(actor, post)
    accounts = post.working_copy.content.get("accounts", [])
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('posts_slots', %s))", [post.library_id])
        moments = queries_slots.next_free(actor, accounts, timezone.now(), but=post)
        if not accounts or set(moments) != set(accounts):
            raise Refused("no_slot", _("Not every chosen account has a free slot in the next 60 days. Add slots, or choose a time."))
        _keep_plan(
            post, planned_for=min(moments.values()), relative="",
            moments={str(account): at.isoformat() for account, at in moments.items()},
        )  # fmt: skip
    return post


def plan_by_event(*, actor: Actor, post: Post, when: str) -> Post:
    """A draft goes at a time told from its event (see posts.relative). Raises Refused `no_event`, `time_past`."""
    _may_plan(actor, post)
    if post.event is None:
        raise Refused("no_event", _("This post is about no event. Choose a time instead."))
    moment = relative.parse(when).moment(post.event)
    if moment < timezone.now():
        raise Refused("time_past", _("That time has passed. Choose a later one, or publish now."))
    _keep_plan(post, planned_for=moment, relative=when, moments={})
    return post


def _may_plan(actor: Actor, post: Post) -> None:
    require(actor, "post.draft", post)
    if not may_edit(actor, post):
        require(actor, "post.edit_any", post)


def _keep_plan(post: Post, **plan: object) -> None:
    if not Post.objects.filter(pk=post.pk, state__in=["draft", "changes_requested"]).update(**plan, updated_at=Now()):
        raise Refused("not_a_draft", _("This post is no draft any more. Give it another time on its own page."))
    post.refresh_from_db()


def set_take_down(*, actor: Actor, post: Post, at: datetime | None) -> Post:
    """When what is up comes down by itself (aware; None: it stays). Raises Refused where that is not after it goes out.

    Anybody who may change the draft may say so; on a post that others rely on it takes who may take posts down.
    """
    if post.state in ("draft", "changes_requested"):
        _may_plan(actor, post)
    else:
        require(actor, "post.recall", post)
    if at is not None and at <= max(timezone.now(), post.planned_for or timezone.now()):
        raise Refused("down_before_up", _("It would come down before it is up. Choose a later time for taking it down."))
    with transaction.atomic():
        Post.objects.filter(pk=post.pk).update(take_down_at=at, updated_at=Now())
        post.refresh_from_db()
        for delivery in post.deliveries.filter(state=SCHEDULED):
            Delivery.objects.filter(pk=delivery.pk).update(expires_at=expiry(post, delivery.due_at))
        if post.state not in ("draft", "changes_requested"):
            audit.record.record(actor, Action.POST_EDITED, post, take_down_at=at.isoformat() if at else "")
    post.refresh_from_db()
    return post
