"""Approval by a letter: somebody without an account judges one version of a post, once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries import mailing, notices
from libraries.models import Membership
from libraries.permissions import Actor, Refused, require
from media_library.inspect import PictureRefused
from posts.actions.reviewing import schedule_post
from posts.actions.warning import close_warnings
from posts.models import ApprovalLink, Post, Review

OPEN_AT_MOST = 5  # letters of one post that are open at a time
A_DAY = 50  # letters of one library in 24 hours, so that nobody mails the world through us


@dataclass(frozen=True)
class Outsider:
    """Who used a letter, as the record names them."""

    name: str
    address: str
    user_id: None = None
    pk: None = None

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def send_link(*, actor: Actor, post: Post, address: str) -> ApprovalLink:
    """Mail a link to the version that waits. Its secret is in the letter alone; seven days, one use.

    Raises Refused `not_in_review`, `has_account`, `enough`, `not_sent` (the mail server did not take it).
    """
    require(actor, "post.approve", post)
    if not settings.PUBLIC_URL:
        raise Refused("no_address", _("This server has no public address, so a link would lead nowhere. An admin sets PUBLIC_URL."))
    secret = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        locked = Post.objects.select_for_update(of=("self",)).select_related("current_revision").get(pk=post.pk)
        if locked.state != "in_review" or locked.current_revision is None:
            raise Refused("not_in_review", _("This post is not waiting for review, so there is nothing to approve."))
        _room(actor, locked, address)
        made = ApprovalLink.objects.create(
            library_id=post.library_id, realm=post.realm, post=locked, revision=locked.current_revision,
            digest=digest_of(secret), address=address, made_by=actor.user,
            expires_at=now + timedelta(days=ApprovalLink.KEEPS_FOR_DAYS),
        )  # fmt: skip
        audit.record.record(
            actor, Action.LINK_SENT, post, address=address, revision=locked.current_revision.number,
            digest=locked.current_revision.digest,
        )  # fmt: skip
    try:
        send_mail(*_letter(actor, post, secret), None, [address])
    except OSError as why:  # what a mail server and the way to it can do; smtplib's own errors are of this kind
        with transaction.atomic():
            ApprovalLink.objects.filter(pk=made.pk, used_at=None).update(revoked_at=Now(), revoked_by=actor.user)
            audit.record.record(actor, Action.LINK_REVOKED, post, address=address, why="mail")
        raise Refused("not_sent", _("The mail server did not take the letter, so the link was called back. Try again, or ask an admin to look at the mail settings.")) from why
    return made


def _room(actor: Actor, post: Post, address: str) -> None:
    if Membership.objects.filter(
        library=post.library_id, user__email__iexact=address, is_active=True, user__is_active=True
    ).exists():
        raise Refused("has_account", _("This person works here and signs in: they review it in the queue."))
    links = ApprovalLink.objects.filter(library=post.library_id)
    open_now = links.filter(post=post, revision=post.current_revision, used_at=None, revoked_at=None, expires_at__gt=timezone.now())
    if open_now.filter(address__iexact=address).exists():
        raise Refused("enough", _("This address has an open link for this version. Call it back first to send another."))
    if open_now.count() >= OPEN_AT_MOST:
        raise Refused("enough", _("Five people have a link for this version already. Call one back first."))
    if links.filter(made_at__gt=timezone.now() - timedelta(days=1)).count() >= A_DAY:
        raise Refused("enough", _("Your library sent fifty of these letters within a day. Wait until tomorrow."))


def _letter(actor: Actor, post: Post, secret: str) -> tuple[str, str]:
    subject = mailing.one_line(
        _("[%(library)s] Will you look at a post for %(who)s?") % {"library": actor.library.name, "who": actor.user}
    )
    text = _(
        "%(who)s of %(library)s asks you to look at a post before it goes out.\n\n"
        "Read it here, with its pictures and when it is planned:\n%(link)s\n\n"
        "On that page you approve it or ask for changes. The link works once, for seven days, and for this version "
        "alone. It is meant for you: whoever has it can answer in your place.\n\n%(library)s · Library Social"
    ) % {"who": actor.user, "library": actor.library.name, "link": f"{settings.PUBLIC_URL}/approve/{secret}/"}
    return subject, text


def revoke_link(*, actor: Actor, link: ApprovalLink) -> ApprovalLink:
    """Call a letter back. Raises Refused `used` when it was answered before."""
    require(actor, "post.approve", link.post)
    with transaction.atomic():
        if not ApprovalLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None).update(
            revoked_at=Now(), revoked_by=actor.user
        ):
            raise Refused("used", _("It was answered or called back before."))
        audit.record.record(actor, Action.LINK_REVOKED, link.post, address=link.address)
    link.refresh_from_db()
    return link


def judge_by_link(*, link: ApprovalLink, verdict: str, name: str, comment: str, place: str) -> Review:
    """The answer to a letter. `place`: the network address it came from, for the record.

    Raises Refused `name_needed`, `comment_needed`, `closed` (used, over, called back, or another version stands).
    """
    name = mailing.one_line(name)[:120].strip()
    if not name:
        raise Refused("name_needed", _("Type your name: it stands in the library's record."))
    if verdict == Review.CHANGES and not comment.strip():
        raise Refused("comment_needed", _("Say what should change, so that the author knows."))
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=link.post_id)
        held = ApprovalLink.objects.select_for_update(of=("self",)).select_related("revision").get(pk=link.pk)
        held.post = post
        if held.state(timezone.now()) != "open":
            raise Refused("closed", _("This link does not work any more: the post was judged or changed, or its time is over."))
        ApprovalLink.objects.filter(pk=link.pk).update(used_at=Now(), used_by=name, used_from=place[:64])
        held.used_by = name
        review = Review.objects.create(
            revision=held.revision, link=held, author_id=post.author_id, verdict=verdict, comment=comment.strip()[:5000]
        )
        approved = verdict == Review.APPROVE
        Post.objects.filter(pk=post.pk).update(state="approved" if approved else "changes_requested", updated_at=Now())
        audit.record.record(
            Outsider(name, held.address), Action.POST_APPROVED if approved else Action.POST_RETURNED, post,
            revision=held.revision.number, digest=held.revision.digest, comment=review.comment, name=name,
            address=held.address, place_from=place,
        )  # fmt: skip
        close_warnings(post)
        _tell_sender(held, review)
    return review


def _tell_sender(link: ApprovalLink, review: Review) -> None:
    words = _("%(who)s approved your post.") if review.verdict == Review.APPROVE else _("%(who)s asks for changes.")
    for user in {link.made_by, link.post.author}:
        notices.raise_notice(
            link.library_id, f"letter:{link.pk}:{user.pk}", verb="post.read", tone="ok" if review.verdict == Review.APPROVE else "ask",
            path=f"/posts/{link.post_id}/", title=words % {"who": review.who}, text=review.comment[:300], person=user,
        )  # fmt: skip


def send_on(link: ApprovalLink) -> str:
    """Give an approved post the time it was planned for, in the name of who sent the letter. Returns why not, or "".

    Whoever sends a letter agrees beforehand that the post goes out at the time it names.
    """
    post = Post.objects.select_related("event", "library", "current_revision").get(pk=link.post_id)
    membership = Membership.objects.filter(library=link.library_id, user=link.made_by_id).select_related("user", "library").first()
    if post.planned_for is not None and post.planned_for <= timezone.now():
        return _("Its time has passed; the library gives it another.")
    actor = Actor(membership.user, membership, membership.library) if membership else None
    if actor is None or not actor.may("post.schedule", post):
        return _("The library gives it its time.")
    try:
        schedule_post(actor=actor, post=post, when=post.planned_for, first=True)
    except (Refused, PictureRefused) as no:
        return no.text
    return ""
