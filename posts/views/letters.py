"""Approval by e-mail: sending and calling back, and the one page that somebody without an account sees."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import media_library.queries
from libraries.access import Request, page, public
from libraries.permissions import Actor, Refused
from libraries.throttling import place_of
from media_library import crops, renditions
from media_library.inspect import PictureRefused
from posts import actions, checking, standing
from posts.actions.letters import digest_of, judge_by_link, send_on
from posts.forms_review import AnswerForm, LetterForm
from posts.models import ApprovalLink, LinkCard, Post, RevisionMedia
from posts.views.reviewing import show

TRIES, WINDOW_S = 60, 600  # requests of one place to these pages within ten minutes


@page("post.approve")
@require_POST
def send_link(request: Request, pk: int) -> HttpResponse:
    post = get_object_or_404(Post.objects.visible_to(request.actor).select_related("library", "current_revision"), pk=pk)
    form = LetterForm(request.POST, auto_id="letter_%s")
    if form.is_valid():
        try:
            made = actions.send_link(actor=request.actor, post=post, address=form.cleaned_data["address"])
            messages.success(request, _("Sent to %(address)s. You are told when it is answered.") % {"address": made.address})
            return redirect(f"{reverse('posts:queue')}?post={pk}")
        except Refused as no:
            form.add_error("address", no.text)
    return show(request, at=pk, letter=form)


@page("post.approve")
@require_POST
def revoke_link(request: Request, pk: int) -> HttpResponse:
    link = get_object_or_404(ApprovalLink.objects.visible_to(request.actor).select_related("post"), pk=pk)
    try:
        actions.revoke_link(actor=request.actor, link=link)
        messages.success(request, _("Called back. The link does not work any more."))
    except Refused as no:
        messages.error(request, no.text)
    return redirect(f"{reverse('posts:queue')}?post={link.post_id}")


def _too_many(request: HttpRequest) -> bool:
    """Whether this place asked too often. A cache that does not answer keeps nobody out: the secret is what guards."""
    key = f"letters:{place_of(request)}"
    try:
        cache.add(key, 0, WINDOW_S)
        return bool(cache.incr(key) > TRIES)
    except Exception:
        return False


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """The whole post for whoever holds the letter. Looking changes nothing, so that scanners of mail approve nothing."""
    if _too_many(request):
        return _page(request, None, status=429, why=_("Too many tries from where you are. Wait ten minutes, then try again."))
    link = (
        ApprovalLink.objects.select_related("post__library", "post__event", "post__author", "revision", "made_by", "library")
        .filter(digest=digest_of(secret))
        .first()
    )
    state = link.state(timezone.now()) if link else "unknown"
    if link is not None and state == "open" and _sender(link) is None:
        state = "revoked"
    if link is None or state != "open":
        return _page(request, link, why=_closed(link, state))
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, link, secret=secret, form=form, status=422 if form.is_bound else 200)
    try:
        review = judge_by_link(link=link, place=place_of(request), **form.cleaned_data)
    except Refused as no:
        if no.code == "closed":
            return _page(request, link, why=no.text)
        form.add_error("comment" if no.code == "comment_needed" else "name", no.text)
        return _page(request, link, secret=secret, form=form, status=422)
    later = send_on(link) if review.verdict == "approve" else ""
    return _page(request, link, thanks=review.verdict, later=later)


@public
@never_cache
@require_safe
def card_picture(request: HttpRequest, secret: str) -> HttpResponse:
    """The picture of the link's card, for whoever holds an open letter; 404 for everybody else."""
    link = None if _too_many(request) else ApprovalLink.objects.select_related("post", "revision").filter(digest=digest_of(secret)).first()
    if link is None or link.state(timezone.now()) != "open":
        raise Http404
    named = hashlib.sha256(link.revision.link.encode()).hexdigest()
    card = get_object_or_404(LinkCard.objects.filter(library=link.library_id, digest=named).exclude(picture=None))
    return HttpResponse(bytes(card.picture or b""), content_type="image/webp", headers={"X-Content-Type-Options": "nosniff"})


def _closed(link: ApprovalLink | None, state: str) -> str:
    words = {
        "used": _("This link was used already. It works once."),
        "revoked": _("The library called this link back."),
        "over": _("This link worked for seven days, and those are over."),
        "stale": _("The post was changed or judged since this link was sent, so it does not work any more."),
    }
    return words.get(state, _("This link is not one of ours, or parts of it are missing. Open it from the letter once more."))


def _page(request: HttpRequest, link: ApprovalLink | None, *, status: int = 200, **more: Any) -> HttpResponse:
    context: dict[str, Any] = {"link": link, **more}
    if link is not None and "form" in more:
        context |= _whole(link, more["secret"])
    made = render(request, "posts/letters/answer.html", context, status=status)
    made["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    made["Cache-Control"] = "no-store, private"
    made["Referrer-Policy"] = "same-origin"  # none at all would make the browser hide where its own form came from
    return made


def _whole(link: ApprovalLink, secret: str) -> dict[str, Any]:
    """The post as it will look. Read on behalf of who sent the letter, and of nobody's session."""
    checked = standing.looks_of(_sender(link), link.post, standing.content_of(link.revision))  # type: ignore[arg-type]
    pictures = list(link.revision.media.select_related("asset"))
    for look in checked.looks:
        for item, picture in zip(look.media, pictures, strict=False):
            item["url"] = _open_address(picture, look.account.platform, pictures[0])
    own = reverse("posts:letter_card", args=[secret])
    checked.looks = [
        replace(look, card=replace(look.card, image=own)) if look.card and look.card.image else look
        for look in checked.looks
    ]
    strong, rest = checking.will(len(checked.chosen), link.post.planned_for, link.post.zone, timezone.now(), "")
    return {"post": link.post, "checked": checked, "zone": link.post.zone, "will_strong": strong, "will_rest": rest}


def _sender(link: ApprovalLink) -> Actor | None:
    """Who sent the letter, while they may still approve: who left takes their letters along."""
    membership = link.made_by.memberships.select_related("user", "library").filter(library=link.library_id).first()
    actor = Actor(membership.user, membership, membership.library) if membership else None
    return actor if actor and actor.may("post.approve") else None


def _open_address(picture: RevisionMedia, platform: str, first: RevisionMedia) -> str:
    """A signed address of a small copy; "" where it cannot be made, and the words stand alone."""
    try:
        shape = crops.ratio(crops.for_network(first.crop, platform), first.asset.width, first.asset.height)
        chosen = crops.for_network(picture.crop, platform)
        made = media_library.queries.shown_as(picture.asset, platform=platform, shape=shape, crop=chosen)
    except (KeyError, PictureRefused, FileNotFoundError):
        return ""
    return renditions.public_url(made).removeprefix(settings.PUBLIC_URL)
