"""The page of templates, snippets and sets of hashtags, and what the composer asks of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.numbers import row_id
from libraries.access import Request, page
from libraries.permissions import Refused, require
from posts import actions, phrases, placeholders
from posts.forms_phrases import KINDS, kept
from posts.models import Event
from posts.views.editing import editable

SAVE: dict[str, Any] = {"template": actions.save_template, "snippet": actions.save_snippet, "hashtags": actions.save_hashtags}


@page("post.draft", write="post.edit_any")
def templates(request: Request) -> HttpResponse:
    """Everything that is said again and again. POST adds one; `kind` says which."""
    forms = {kind: form(prefix=kind) for kind, (_model, form, _name) in KINDS.items()}
    status = 200
    if request.method == "POST":
        kind = kind if (kind := request.POST.get("kind", "")) in KINDS else "template"
        forms[kind] = KINDS[kind][1](request.POST, prefix=kind)
        if _saved(request, kind, forms[kind], None):
            return redirect(f"{reverse('posts:templates')}#{kind}")
        status = 422
    seen = phrases.everything(request.actor)
    seen |= {"forms": forms, "may_change": request.actor.may("post.edit_any"), "names": placeholders.NAMES.items()}
    return render(request, "posts/phrases/list.html", seen, status=status)


@page("post.draft", write="post.edit_any")
def template(request: Request, pk: int) -> HttpResponse:
    return _one(request, "template", pk)


@page("post.draft", write="post.edit_any")
def snippet(request: Request, pk: int) -> HttpResponse:
    return _one(request, "snippet", pk)


@page("post.draft", write="post.edit_any")
def hashtags(request: Request, pk: int) -> HttpResponse:
    return _one(request, "hashtags", pk)


def _one(request: Request, kind: str, pk: int) -> HttpResponse:
    """Change, remove or put back one of them."""
    model, form_class, _name = KINDS[kind]
    row = get_object_or_404(model.objects.visible_to(request.actor), pk=pk)
    if request.method == "POST" and request.POST.get("act") in ("remove", "put_back"):
        return _moved(request, kind, row)
    form = form_class(request.POST if request.method == "POST" else None, initial=kept(row, form_class))
    if request.method == "POST" and _saved(request, kind, form, row):
        return redirect(f"{reverse('posts:templates')}#{kind}")
    seen = {"form": form, "row": row, "kind": kind, "may_change": request.actor.may("post.edit_any", row),
            "names": placeholders.NAMES.items(), "words": getattr(row, {"template": "body", "snippet": "text"}.get(kind, "tags"))}  # fmt: skip
    return render(request, "posts/phrases/one.html", seen, status=422 if form.errors else 200)


def _saved(request: Request, kind: str, form: Any, row: Any) -> bool:
    """Whether it could be saved; what is not right then stands beside its field."""
    if not form.is_valid():
        return False
    try:
        SAVE[kind](actor=request.actor, **{KINDS[kind][2]: row}, **form.cleaned_data)
    except Refused as no:
        form.add_error("shortcut" if "shortcut" in form.fields else "name", no.text)
        return False
    messages.success(request, _("Saved."))
    return True


def _moved(request: Request, kind: str, row: Any) -> HttpResponse:
    try:
        if request.POST["act"] == "remove":
            actions.remove_phrase(actor=request.actor, phrase=row)
            messages.success(request, _("“%(name)s” was removed. It can be put back at the end of this page.") % {"name": row})
        else:
            actions.put_back_phrase(actor=request.actor, phrase=row)
            messages.success(request, _("“%(name)s” is back.") % {"name": row})
    except Refused as no:
        messages.error(request, no.text)
    return redirect(f"{reverse('posts:templates')}#{kind}")


@page("post.draft", write="post.edit_any")
@require_POST
def starters(request: Request) -> HttpResponse:
    """Copy a starting set into the library."""
    try:
        new = actions.take_starters(actor=request.actor, audience=request.POST.get("audience", ""))
    except Refused as no:
        messages.error(request, no.text)
    else:
        messages.success(request, _("%(n)s texts are yours now. Change them as you like.") % {"n": new} if new
                         else _("You have all of that set already."))  # fmt: skip
    return redirect("posts:templates")


@page("post.draft")
@require_safe
def choices(request: Request) -> JsonResponse:
    """What the composer can put in, filled in for the post (?post=) or the event (?event=) at hand."""
    post = editable(request, pk) if (pk := row_id(request.GET.get("post", ""))) else None
    event = post.event if post else None
    if post is None and (pk := row_id(request.GET.get("event", ""))):
        require(request.actor, "event.read")
        event = get_object_or_404(Event.objects.visible_to(request.actor).select_related("branch"), pk=pk)
    return JsonResponse(phrases.choices(request.actor, post, event))
