"""The inbox: who waits, one talk, answering and closing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.numbers import row_id
from inbox import actions, queries, reading
from inbox.forms import ReplyForm, ResolveForm
from inbox.models import Conversation, Reply
from libraries.access import page
from libraries.permissions import Refused
from platforms import lines, registry
from platforms.base import Feature

A_PAGE = 30
KEPT = ("show", "platform", "q", "page")


def _list(request: HttpRequest, open_pk: int | None = None) -> dict[str, Any]:
    """The left column, filtered by the address; which talk is before and after the open one."""
    asked = request.GET.dict()
    shown = Paginator(queries.listed(request.actor, asked), A_PAGE).get_page(asked.get("page"))
    ids = [one.pk for one in shown]
    at = ids.index(open_pk) if open_pk in ids else -1
    kept = QueryDict(mutable=True)
    kept.update({name: asked[name] for name in KEPT if asked.get(name)})
    return {
        "page": shown, "asked": asked, "shows": queries.SHOW, "keep": f"?{kept.urlencode()}" if kept else "",
        "platforms": [(name, registry.get(name).label) for name in registry.names()],
        "filtered": bool(asked.get("platform") or asked.get("q")), "seen": queries.newest(request.actor),
        "before": ids[at - 1] if at > 0 else None, "after": ids[at + 1] if at + 1 < len(ids) else None,
    }  # fmt: skip


@page("inbox.read")
@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    context = _list(request)
    context["any"] = bool(context["page"].object_list) or queries.talks(request.actor).exists()
    return render(request, "inbox/inbox.html", context)


@page("inbox.read")
@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """Says politely that something came in; nothing on the page moves before the reader asks for it."""
    seen = row_id(request.GET.get("seen", ""))
    n = queries.since(request.actor, seen) if seen is not None else 0
    if not n:
        return HttpResponse(status=204)
    return render(request, "inbox/_news.html", {"n": n})


def _talk(request: HttpRequest, pk: int) -> Conversation:
    rows = queries.talks(request.actor).select_related("account", "delivery", "delivery__post", "delivery__post__working_copy", "library")
    return get_object_or_404(rows, pk=pk)


def _shown(request: HttpRequest, found: Conversation) -> dict[str, Any]:
    """What changes while one reads."""
    shown = reading.lines(found)
    return {
        "talk": found, "lines": shown, "mark": reading.mark(found, shown), "account": found.account,
        "may_reply": request.actor.may("inbox.reply", found),
    }  # fmt: skip


@page("inbox.read")
@require_safe
def talk(request: HttpRequest, pk: int) -> HttpResponse:
    found = _talk(request, pk)
    chosen = row_id(request.GET.get("to", ""))
    to = found.messages.filter(direction="in", pk=chosen).first() if chosen else None
    to = to or reading.last_unanswered(found)
    return _page(request, found, ReplyForm(talk=found, initial={"to": to.pk if to else None}))


def _page(request: HttpRequest, found: Conversation, form: ReplyForm, status: int = 200) -> HttpResponse:
    abilities = lines.capabilities(found.account)
    to = row_id(str(form["to"].value() or ""))
    context = _list(request, found.pk) | _shown(request, found) | {
        "form": form, "can_answer": Feature.REPLY in abilities.features, "limit": abilities.limits.reply_max,
        "to": found.messages.filter(pk=to).first() if to else None,
        "earlier": queries.earlier(request.actor, found), "any": True,
    }  # fmt: skip
    return render(request, "inbox/inbox.html", context, status=status)


@page("inbox.read")
@require_safe
def thread(request: HttpRequest, pk: int) -> HttpResponse:
    """The thread again where anything in it changed; else nothing, so that nothing moves."""
    context = _shown(request, _talk(request, pk))
    if context["mark"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "inbox/_thread.html", context | {"news": True, "keep": ""})


@page("inbox.reply")
@require_POST
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer in the library's name. What was typed stays where a rule says no."""
    found = _talk(request, pk)
    form = ReplyForm(request.POST, talk=found)
    if form.is_valid():
        try:
            actions.reply(actor=request.actor, conversation=found, body=form.cleaned_data["body"], to=form.cleaned_data["to"])
        except Refused as no:
            form.add_error("body", no.text)
        else:
            return redirect(_back(request, pk))
    return _page(request, found, form, status=422)


def _back(request: HttpRequest, pk: int) -> str:
    """The talk, in the list as it was filtered."""
    kept = QueryDict(mutable=True)
    kept.update({name: request.GET[name] for name in KEPT if request.GET.get(name)})
    return reverse("inbox:talk", args=[pk]) + (f"?{kept.urlencode()}" if kept else "")


@page("inbox.reply")
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Done with it; or open again."""
    state = "open" if request.POST.get("state") == "open" else "closed"
    actions.close_conversation(actor=request.actor, conversation=_talk(request, pk), state=state)
    return redirect(_back(request, pk))


@page("inbox.reply")
@require_POST
def resolve_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """A person says what became of our answer."""
    rows = Reply.objects.visible_to(request.actor).select_related("account", "conversation")
    row, form = get_object_or_404(rows, pk=pk), ResolveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say whether it is there, or not."))
        return redirect("inbox:talk", pk=row.conversation_id)
    answer = form.cleaned_data["answer"]
    try:
        actions.resolve_reply(actor=request.actor, row=row, answer=answer)
    except Refused as no:
        messages.error(request, no.text)
    else:
        done = {"up": _("Noted: it is there."), "not_up": _("It is sent again now."), "drop": _("It is not sent.")}
        messages.success(request, done[answer])
    return redirect("inbox:talk", pk=row.conversation_id)
