"""Keeping a text under a name, bringing one back, and settling two texts that were written at the same time."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from libraries.permissions import Actor, Refused, require
from posts import versions
from posts.actions.drafting import may_edit, save_copy
from posts.models import KeptVersion, Post, Revision, WorkingCopy
from posts.versions import Side

MOST = 200  # of one post; the oldest that a machine kept make room


def keep_version(*, actor: Actor, post: Post, name: str) -> KeptVersion:
    """Keep the working copy as it stands under a name. Nothing about the post itself changes."""
    _may(actor, post)
    name = " ".join(name.split())[:120]
    if not name:
        raise Refused("name_missing", _("Give it a name that you find again, such as “short version”."))
    with transaction.atomic():
        copy = _locked(post)
        return _keep(actor, post, versions.of_post(post), name, KeptVersion.KEPT, copy.saved_by_id)


def restore_version(*, actor: Actor, post: Post, version: KeptVersion | Revision) -> KeptVersion:
    """Make an earlier text the working copy again. Returns the text that it replaced, which is kept too.

    Raises Refused `not_of_post` for a version of another post; what `save_copy` refuses is refused here.
    """
    _may(actor, post)
    if version.post_id != post.pk:
        raise Refused("not_of_post", _("That version belongs to another post."))
    with transaction.atomic():
        copy = _locked(post)
        now = versions.of_post(post)
        side = (
            versions.of_revision(version, now.content)
            if isinstance(version, Revision)
            else Side(version.title, version.content)
        )
        replaced = _keep(actor, post, now, _("Before going back, %(at)s"), KeptVersion.REPLACED, copy.saved_by_id)
        save_copy(actor=actor, post=post, content=side.content, version=copy.version, title=side.title)
    return replaced


def settle_conflict(
    *, actor: Actor, post: Post, mine: Side, choice: str, seen: int, take: tuple[str, ...] = ()
) -> WorkingCopy:
    """Two texts were written; say which counts. What loses is kept as a version, whichever it is.

    `choice`: "mine" (it replaces the stored one), "theirs" (the stored one stays) or "merged" (the stored one with the
    fields of `take` from mine). `seen` is the version of the stored text that the person compared with: raises Refused
    `saved_elsewhere` where that moved on.
    """
    _may(actor, post)
    with transaction.atomic():
        copy = _locked(post)
        theirs = versions.of_post(post)
        if choice == "theirs":
            _keep(actor, post, mine, _("My text, put aside %(at)s"), KeptVersion.REPLACED, actor.user_id)
            return copy
        if copy.version != seen:
            raise Refused("saved_elsewhere", _("The other text was changed again while you were reading. Look at it once more; yours is still here."))
        result = mine if choice == "mine" else versions.merged(theirs, mine, take)
        named = {"who": copy.saved_by or post.author}
        _keep(actor, post, theirs, _("Text of %(who)s, replaced") % named + " %(at)s", KeptVersion.REPLACED, copy.saved_by_id)
        if choice == "merged":
            _keep(actor, post, mine, _("My text, before both were joined, %(at)s"), KeptVersion.REPLACED, actor.user_id)
        return save_copy(actor=actor, post=post, content=result.content, version=copy.version, title=result.title)


def _may(actor: Actor, post: Post) -> None:
    require(actor, "post.draft", post)
    if not may_edit(actor, post):
        require(actor, "post.edit_any", post)


def _locked(post: Post) -> WorkingCopy:
    """The working copy, held until the transaction ends; the post is read again with it."""
    copy = WorkingCopy.objects.select_for_update(of=("self",)).select_related("saved_by").get(post=post)
    post.refresh_from_db()
    post.working_copy = copy
    return copy


def _keep(actor: Actor, post: Post, side: Side, name: str, why: str, writer: Any) -> KeptVersion:
    """`name` may hold %(at)s, for the time by the post's clock."""
    at = timezone.localtime(timezone.now(), post.zone)
    told = name.replace("%(at)s", dateformat.format(at, pgettext("day and time of a version", "j M, H:i")))
    surplus = post.kept_versions.filter(why=KeptVersion.REPLACED).order_by("-pk")[MOST // 2 :]
    KeptVersion.objects.filter(pk__in=list(surplus.values_list("pk", flat=True))).delete()
    if post.kept_versions.count() >= MOST:
        raise Refused("too_many_versions", _("This post has %(n)s kept versions. Begin a new post with a copy of it.") % {"n": MOST})
    return KeptVersion.objects.create(
        post=post, name=told[:120], why=why, title=side.title[:200], content=side.content, written_by_id=writer,
        kept_by=actor.user,
    )  # fmt: skip
