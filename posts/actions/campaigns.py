"""Campaigns: made, changed, filled, copied to other days, put away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, Refused, require
from posts import times
from posts.actions.drafting import create_post, may_edit
from posts.models import Campaign, Event, Post

COPIED_MOST = 300


def save_campaign(
    *, actor: Actor, name: str, campaign: Campaign | None = None, goal: str = "", starts_on: date | None = None,
    ends_on: date | None = None, colour: str = "",
) -> Campaign:  # fmt: skip
    """Make one, or change it. Its short name (for links) stays as it was made. Raises Refused `no_name`, `ends_before`."""
    require(actor, "campaign.edit", campaign or actor.library)
    if not name.strip():
        raise Refused("no_name", _("Give the campaign a name."))
    if starts_on and ends_on and ends_on < starts_on:
        raise Refused("ends_before", _("It ends before it begins. Choose a later last day."))
    said = {"name": name.strip()[:120], "goal": goal.strip()[:300], "starts_on": starts_on, "ends_on": ends_on, "colour": colour}
    with transaction.atomic():
        if campaign is None:
            campaign = Campaign.objects.create(library=actor.library, slug=_slug(actor, name), **said)
        else:
            for column, value in said.items():
                setattr(campaign, column, value)
            campaign.save(update_fields=list(said))
        audit.record.record(actor, Action.CAMPAIGN_CHANGED, campaign, name=campaign.name)
    return campaign


def _slug(actor: Actor, name: str) -> str:
    stem = slugify(name)[:40].strip("-") or "campaign"
    taken = set(Campaign.objects.filter(library=actor.library, slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for n in range(len(taken) + 1) if (slug := f"{stem}-{n + 1}" if n else stem) not in taken)


def put_post(*, actor: Actor, post: Post, campaign: Campaign | None) -> Post:
    """Let a post belong to a campaign, or to none. Raises Refused `closed`.

    Rules may name who approves the posts of a campaign. So what was handed in already changes its campaign only by
    somebody who may approve it as it stands.
    """
    require(actor, "post.draft", post)
    if not may_edit(actor, post):
        require(actor, "post.edit_any", post)
    _takes(actor, campaign)
    with transaction.atomic():
        locked = Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
        if locked.campaign_id == (campaign.pk if campaign else None):
            return post
        if locked.state not in ("draft", "changes_requested"):
            require(actor, "post.approve", locked)
        about = campaign or Campaign.objects.get(posts=post.pk)
        Post.objects.filter(pk=post.pk).update(campaign=campaign, updated_at=Now())
        audit.record.record(actor, Action.CAMPAIGN_CHANGED, about, post=post.pk, taken_out=campaign is None)
    post.refresh_from_db()
    return post


def put_event(*, actor: Actor, event: Event, campaign: Campaign | None) -> Event:
    """Let an event belong to a campaign, or to none. Raises Refused `closed`."""
    require(actor, "campaign.edit", event)
    _takes(actor, campaign)
    if event.campaign_id == (campaign.pk if campaign else None):
        return event
    with transaction.atomic():
        about = campaign or Campaign.objects.get(events=event.pk)
        Event.objects.filter(pk=event.pk).update(campaign=campaign)
        audit.record.record(actor, Action.CAMPAIGN_CHANGED, about, event=event.pk, taken_out=campaign is None)
    event.refresh_from_db()
    return event


def _takes(actor: Actor, campaign: Campaign | None) -> None:
    if campaign is None:
        return
    require(actor, "library.read", campaign)
    if campaign.closed_at:
        raise Refused("closed", _("“%(name)s” is closed. Open it again first.") % {"name": campaign})


def close_campaign(*, actor: Actor, campaign: Campaign) -> Campaign:
    """Put it away: it keeps all it has and takes nothing new. Closing twice is no mistake."""
    return _closed(actor, campaign, closed=True)


def reopen_campaign(*, actor: Actor, campaign: Campaign) -> Campaign:
    """Let it take posts and events again."""
    return _closed(actor, campaign, closed=False)


def _closed(actor: Actor, campaign: Campaign, *, closed: bool) -> Campaign:
    require(actor, "campaign.edit", campaign)
    with transaction.atomic():
        rows = Campaign.objects.filter(pk=campaign.pk, closed_at__isnull=closed)
        if rows.update(closed_at=timezone.now() if closed else None):
            audit.record.record(actor, Action.CAMPAIGN_CLOSED, campaign, closed=closed)
    campaign.refresh_from_db()
    return campaign


def delete_campaign(*, actor: Actor, campaign: Campaign) -> None:
    """Remove one that nothing belongs to. Raises Refused `in_use`: what has posts is closed, so that its report stays."""
    require(actor, "campaign.delete", campaign)
    posts, events = campaign.posts.count(), campaign.events.count()
    if posts or events:
        raise Refused("in_use", _("%(posts)s posts and %(events)s events belong to it. Take them out first, or close it: then its report stays.") % {"posts": posts, "events": events})
    try:
        with transaction.atomic():
            audit.record.record(actor, Action.CAMPAIGN_DELETED, campaign, name=campaign.name)
            campaign.delete()
    except IntegrityError as error:
        raise Refused("in_use", _("A rule about who approves names this campaign. Change that rule first.")) from error


class Copied(NamedTuple):
    """One post of a copy: when it goes by the new plan (aware, or None), and what the clocks made of it: "", gap, fold."""

    post: Post
    when: datetime | None
    clocks: str


def first_day(campaign: Campaign, posts: Sequence[Post]) -> date | None:
    """The day that a copy counts from: the campaign's own first day, else that of its first planned post."""
    planned = [post.planned_for.astimezone(post.zone).date() for post in posts if post.planned_for]
    return campaign.starts_on or (min(planned) if planned else None)


def copy_plan(*, actor: Actor, campaign: Campaign, starts_on: date) -> list[Copied]:
    """What a copy that begins on `starts_on` would hold, in order. Writes nothing.

    Days move by whole days; wall times stay, also over a change of the clocks. Raises Refused `nothing_to_copy`,
    `too_many`, `time_past`, `out_of_reach`.
    """
    require(actor, "campaign.edit", campaign)
    posts = list(
        Post.objects.visible_to(actor).filter(campaign=campaign, realm=actor.library.mode).exclude(state="archived")
        .select_related("working_copy", "library", "event").order_by("planned_for", "pk")[: COPIED_MOST + 1]
    )  # fmt: skip
    anchor = first_day(campaign, posts)
    if not posts or anchor is None:
        raise Refused("nothing_to_copy", _("There is nothing to copy yet: no post of it has a day."))
    if len(posts) > COPIED_MOST:
        raise Refused("too_many", _("At most %(n)s posts can be copied at once.") % {"n": COPIED_MOST})
    try:
        made = [_moved(post, starts_on - anchor) for post in posts]
    except OverflowError as error:
        raise Refused("out_of_reach", str(times.OUT_OF_REACH)) from error
    if any(one.when and one.when < timezone.now() for one in made):
        raise Refused("time_past", _("Some of its posts would be in the past. Choose a later first day."))
    return made


def _moved(post: Post, by: timedelta) -> Copied:
    if post.planned_for is None:
        return Copied(post, None, "")
    wall = post.planned_for.astimezone(post.zone).replace(tzinfo=None, fold=0)
    when, clocks = times.settle(wall + by, post.zone)
    return Copied(post, when, clocks)


def copy_campaign(*, actor: Actor, campaign: Campaign, name: str, starts_on: date) -> Campaign:
    """A new campaign whose posts are drafts of the same words on the new days: all of them, or none.

    Events stay with the old one, since the new ones are other events. Raises Refused as `copy_plan` and `save_campaign`.
    """
    require(actor, "campaign.edit", campaign)
    with transaction.atomic():
        plan = copy_plan(actor=actor, campaign=campaign, starts_on=starts_on)
        anchor = first_day(campaign, [one.post for one in plan])
        ends_on = starts_on + (campaign.ends_on - anchor) if campaign.ends_on and anchor else None
        made = save_campaign(actor=actor, name=name, goal=campaign.goal, starts_on=starts_on, ends_on=ends_on, colour=campaign.colour)
        for one in plan:
            post = create_post(actor=actor, title=one.post.title, content=one.post.working_copy.content)
            Post.objects.filter(pk=post.pk).update(
                campaign=made, planned_for=one.when, planned_tz=one.post.planned_tz or actor.library.tz
            )
        audit.record.record(actor, Action.CAMPAIGN_COPIED, made, of=campaign.pk, posts=len(plan))
    return made
