"""The composer: write, check, keep, send on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused
from media_library.inspect import PictureRefused
from posts import actions, checking, thread_form, times
from posts.models import Event, Post
from posts.views.editing import Editing, editable
from posts.views.versions import stored


def event_of(request: Request) -> Event | None:
    asked = request.POST.get("event") or request.GET.get("event", "")
    if not (pk := row_id(asked)):
        return None
    return get_object_or_404(Event.objects.visible_to(request.actor).select_related("branch"), pk=pk)


@page("post.draft")
def new(request: Request) -> HttpResponse:
    """An empty composer, or one about an event. Nothing is stored until something is sent here."""
    editing = Editing(request, None, event_of(request))
    return _received(editing) if request.method == "POST" else editing.page()


@page("post.draft")
def edit(request: Request, pk: int) -> HttpResponse:
    editing = Editing(request, editable(request, pk))
    return _received(editing) if request.method == "POST" else editing.page()


@page("post.draft")
@require_POST
def submit(request: Request, pk: int) -> HttpResponse:
    """Keep what was typed, then the next step: review, or at once where the library allows that."""
    return _sent_on(Editing(request, editable(request, pk)))


def _received(editing: Editing) -> HttpResponse:
    """A form that was sent: by the script that saves, by the primary button, or by one that only keeps."""
    request = editing.request
    if request.headers.get("X-Autosave"):
        return _autosaved(editing)
    if request.POST.get("act") == "next" and checking.next_step(request.actor, None).code != "save":
        return _sent_on(editing)
    editing.add_files()
    try:
        post = editing.keep()
    except Refused as no:
        return editing.refused(no)
    if editing.said or not editing.plan.is_valid() or editing.typed.link_problem:
        return editing.page(422)
    if request.POST.get("mend"):  # shown at once, as the page itself carries the way back
        return editing.page()
    if request.POST.get("act") in ("save", "next"):
        messages.success(request, _("The draft is saved."))
    edit = reverse("posts:edit", args=[post.pk])
    pressed = thread_form.account_of(request.POST.get("thread", ""))
    return redirect(f"{edit}#panel-{pressed}" if pressed else edit)


def _sent_on(editing: Editing) -> HttpResponse:
    request = editing.request
    editing.add_files()
    try:
        post = editing.keep()
        if editing.said or not editing.plan.is_valid() or editing.checked().blocking:
            editing.said.append(_("It is saved, but not sent yet: what stands in the way is named beside its field."))
            return editing.page(422)
        done = next_step(request, post, editing)
    except Refused as no:
        return editing.refused(no)
    except PictureRefused as no:
        return editing.refused(Refused(no.code, no.text))
    messages.success(request, done)
    return redirect("posts:post", pk=post.pk)


def next_step(request: Request, post: Post, editing: Editing) -> str:
    """Submit; where authors approve their own posts, approve and schedule too. Returns what to tell the person."""
    actor, moment = request.actor, post.planned_for if post.moments else editing.plan.moment
    step = checking.next_step(actor, moment)
    revision = actions.submit_post(actor=actor, post=post, planned_for=moment)
    if step.code == "review":
        return _("Sent to review. A manager sees it now; you are shown here what becomes of it.")
    actions.approve_own(actor=actor, post=post, revision=revision)
    actions.schedule_post(actor=actor, post=post, when=moment or times.soon())
    return _("Approved and scheduled.") if moment else _("Approved. It goes out in 10 seconds.")


def _autosaved(editing: Editing) -> JsonResponse:
    try:
        post = editing.keep()
    except Refused as no:
        held = stored(editing.post) if editing.post and no.code == "saved_elsewhere" else {}
        return JsonResponse({"code": no.code, "text": no.text, **held}, status=409)
    at = timezone.localtime(timezone.now(), editing.zone)
    said = _("Saved at %(time)s") % {"time": dateformat.format(at, pgettext("time of day", "H:i"))}
    return JsonResponse({
        "version": editing.typed.version, "text": said, "edit": reverse("posts:edit", args=[post.pk]),
        "save": reverse("posts:save", args=[post.pk]), "submit": reverse("posts:submit", args=[post.pk]),
    })  # fmt: skip


@page("post.draft")
@require_POST
def save(request: Request, pk: int) -> HttpResponse:
    """Autosave. 409 where the post was changed elsewhere; the page keeps what was typed."""
    return _autosaved(Editing(request, editable(request, pk)))


@page("post.draft")
@require_POST
def check(request: Request) -> HttpResponse:
    """Counts, problems and previews of what is typed right now. Stores nothing."""
    pk = row_id(request.POST.get("post", ""))
    post = editable(request, pk) if pk else None
    return render(request, "posts/composer/_checked.html", Editing(request, post, event_of(request)).context())
