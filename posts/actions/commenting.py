"""Colleagues talk about a post, in threads. The public never sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries import notices
from libraries.models import User
from libraries.permissions import Actor, Refused, require
from posts.models import Post, PostComment

MOST = 5000
SHOWN = 300  # how much of it a notice quotes


def people_here(post: Post) -> list[User]:
    """Everybody who works in the post's library and can read it, by name."""
    return list(
        User.objects.filter(is_active=True, memberships__library=post.library_id, memberships__is_active=True)
        .order_by("name", "pk")
        .distinct()
    )


def mentioned(body: str, people: Iterable[User]) -> list[User]:
    """Those whom the text names with @: by the whole name, or by the first where only one person has it."""
    people = sorted(people, key=lambda user: -len(user.name))
    firsts = [user.name.split()[0].casefold() for user in people if user.name.split()]
    found: dict[int, User] = {}
    for at in re.finditer(r"(?<![\w@.])@", body):
        rest = body[at.end() :].casefold()
        for user in people:
            names = [user.name.casefold()]
            first = user.name.split()[0].casefold() if user.name.split() else ""
            if first and firsts.count(first) == 1:
                names.append(first)
            if any(name and re.match(re.escape(name) + r"(?!\w)", rest) for name in names):
                found.setdefault(user.pk, user)
                break
    return list(found.values())


def comment_post(*, actor: Actor, post: Post, body: str, parent: PostComment | None = None) -> PostComment:
    """Say something about the version that stands. Those it names, and whose thread it is, get a notice.

    Raises Refused `empty`, `too_long`, `other_post`.
    """
    require(actor, "post.comment", post)
    body = body.replace("\0", "").replace("\r\n", "\n").strip()
    if not body:
        raise Refused("empty", _("Write something first."))
    if len(body) > MOST:
        raise Refused("too_long", _("That is longer than 5,000 characters. Say it in two comments."))
    if parent is not None:
        parent = parent.parent or parent
        if parent.post_id != post.pk:
            raise Refused("other_post", _("What you answer stands under another post."))
    with transaction.atomic():
        made = PostComment.objects.create(
            library_id=post.library_id, realm=post.realm, post=post, revision=post.current_revision, parent=parent,
            author=actor.user, body=body,
        )  # fmt: skip
        if parent is not None:  # an answer opens a settled thread again
            PostComment.objects.filter(pk=parent.pk).update(resolved_at=None, resolved_by=None)
        named = mentioned(body, people_here(post))
        audit.record.record(
            actor, Action.COMMENT_ADDED, made, label=str(post), post=post.pk, body=body, mentioned=[str(u) for u in named]
        )
        _tell(actor, made, parent, named)
    return made


def _tell(actor: Actor, made: PostComment, parent: PostComment | None, named: list[User]) -> None:
    """One notice for each person it concerns: whom it names, the author of the post, whose thread it is. Never oneself."""
    asked = {user.pk: (user, _("%(who)s named you in a comment.")) for user in named}
    if parent is not None:
        for user in (parent.author, *(answer.author for answer in parent.answers.select_related("author"))):
            asked.setdefault(user.pk, (user, _("%(who)s answered in a thread of yours.")))
    asked.setdefault(made.post.author_id, (made.post.author, _("%(who)s commented on your post.")))
    asked.pop(actor.user_id, None)
    for user, words in asked.values():
        notices.raise_notice(
            made.library_id, f"comment:{made.pk}:{user.pk}", verb="post.read", tone="ask", person=user,
            path=f"/posts/{made.post_id}/#comment-{made.pk}", title=words % {"who": actor.user}, text=made.body[:SHOWN],
        )  # fmt: skip


def settle_comment(*, actor: Actor, comment: PostComment, open_again: bool = False) -> PostComment:
    """A thread is dealt with, or not after all. By its author, the post's author, or who may approve."""
    require(actor, "post.comment", comment)
    first = comment.parent or comment
    if actor.user_id not in (first.author_id, first.post.author_id):
        require(actor, "post.edit_any", first)
    with transaction.atomic():
        rows = PostComment.objects.filter(pk=first.pk, resolved_at__isnull=open_again is False)
        moved = rows.update(resolved_at=None, resolved_by=None) if open_again else rows.update(
            resolved_at=Now(), resolved_by=actor.user
        )
        if moved:
            action = Action.COMMENT_REOPENED if open_again else Action.COMMENT_SETTLED
            audit.record.record(actor, action, first, label=str(first.post), post=first.post_id)
    first.refresh_from_db()
    return first
