"""The record for managers: read it, look for something, prove that it holds, and (admins) erase what an entry says."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

import audit.record
from audit.head import HeadUnreadable, head_file, read_head
from audit.models import AuditEntry, Seal
from audit.record import Break, Head
from libraries import actions
from libraries.access import page
from libraries.forms import EraseForm, RecordFilter
from libraries.models import Membership
from libraries.permissions import Actor, Refused
from libraries.record import words

PER_PAGE = 50
LAST_YEAR = dt.date.max.year  # no day follows its last one


def entries(actor: Actor) -> QuerySet[AuditEntry]:
    """What this person may read of the record: their own library's."""
    return AuditEntry.objects.of_library(actor.library.pk).select_related("content", "seal")


def filter_form(request: HttpRequest) -> RecordFilter:
    members = Membership.objects.filter(library=request.actor.library).select_related("user").order_by("user__name")
    people = [*((str(m.user_id), str(m.user)) for m in members), ("0", _("The product itself"))]
    return RecordFilter(people, words.action_choices(), list(words.KINDS.items()), request.GET or None)


def chosen(rows: QuerySet[AuditEntry], wanted: dict[str, Any]) -> QuerySet[AuditEntry]:
    """Narrow to what was asked for. Days are days of the library's clock."""
    if wanted.get("person"):
        rows = rows.filter(actor_id=None if wanted["person"] == "0" else int(wanted["person"]))
    if wanted.get("action"):
        rows = rows.filter(action=wanted["action"])
    if wanted.get("kind"):
        rows = rows.filter(object_type=wanted["kind"])
    if wanted.get("number"):
        rows = rows.filter(object_id=wanted["number"])
    if wanted.get("since") and wanted["since"].year > 1:
        rows = rows.filter(at__gte=_midnight(wanted["since"]))
    if wanted.get("until") and wanted["until"].year < LAST_YEAR:
        rows = rows.filter(at__lt=_midnight(wanted["until"] + dt.timedelta(days=1)))
    return rows


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def shown(entry: AuditEntry) -> dict[str, Any]:
    """One entry for a page. Erased content shows as erased; who acted then stays as a number in the entry."""
    kept = getattr(entry, "content", None)
    content = (kept.content if kept else None) or {}
    return {
        "entry": entry,
        "words": words.action_words(entry.action),
        "kind": words.kind_words(entry.object_type),
        "who": content.get("actor") or ("" if entry.actor_id else _("The product itself")),
        "about": content.get("object", ""),
        "reason": words.plain(content["reason"]) if content.get("reason") else "",
        "rows": words.data_rows(content),
        "erased_at": kept.erased_at if kept else None,
        "sealed": getattr(entry, "seal", None),
    }


@page("audit.read")
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Newest first, every filter in the address."""
    form = filter_form(request)
    form.is_valid()
    wanted = getattr(form, "cleaned_data", {})
    rows = chosen(entries(request.actor), wanted).order_by("-at", "-pk")
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    filtered = any(value for value in wanted.values())
    seen = {"form": form, "page": found, "rows": [shown(entry) for entry in found], "filtered": filtered}
    return render(request, "audit/log.html", seen)


@page("audit.read")
@require_GET
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    return _entry_page(request, get_object_or_404(entries(request.actor), pk=pk), EraseForm())


def _entry_page(request: HttpRequest, found: AuditEntry, form: EraseForm, status: int = 200) -> HttpResponse:
    seen = {"row": shown(found), "entry": found, "form": form, "may_erase": request.actor.may("audit.erase", found)}
    return render(request, "audit/entry.html", seen, status=status)


@page("audit.erase")
@require_POST
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Empty what one entry says. The chain still holds afterwards, and the erasing is itself recorded."""
    found = get_object_or_404(entries(request.actor), pk=pk)
    form = EraseForm(request.POST)
    if form.is_valid():
        try:
            actions.erase_entry(actor=request.actor, entry=found, reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error("reason" if refused.code == "reason_missing" else None, refused.text)
    if form.errors:
        return _entry_page(request, found, form, status=422)
    messages.success(request, _("Erased. The entry, its time and its place in the chain stay."))
    return redirect("audit:entry", pk=pk)


def _walked() -> tuple[Head | None, list[Break]]:
    """The seal kept outside the database, read before the walk, and what does not fit."""
    try:
        head = read_head()
    except HeadUnreadable:
        lost = Break(0, None, _("the seal kept outside the database cannot be read"))
        return None, [lost, *audit.record.verify()]
    return head, list(audit.record.verify(head))


@page("audit.read")
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain of this installation and say plainly whether it holds."""
    began = timezone.now()
    head, breaks = _walked()
    last = Seal.objects.order_by("-number").first()
    seen = {
        "breaks": breaks[:50], "count": len(breaks), "last": last, "head": head, "began": began,
        "cut": any(found.entry_id is None for found in breaks), "head_file": head_file().name,
        "seconds": (timezone.now() - began).total_seconds(), "unsealed": AuditEntry.objects.unsealed().count(),
    }  # fmt: skip
    return render(request, "audit/verified.html", seen)
