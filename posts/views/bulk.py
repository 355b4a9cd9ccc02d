"""Many posts at once: a table in, a table out, a post written once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from libraries.access import Request, page
from libraries.permissions import Refused
from media_library.models import Asset
from platforms.models import Account
from posts import actions, queries
from posts.bulk import sheet
from posts.models import BulkImport, Post

SHEET = "text/csv; charset=utf-8"
STATE_COLUMNS = ("state", "published at")


class SheetForm(forms.Form):
    """The file with the table."""

    file = forms.FileField(
        label=gettext_lazy("Table (CSV)"),
        help_text=gettext_lazy("From Excel, LibreOffice or Google Sheets. Up to 500 rows and 2 MB."),
        error_messages={
            "required": gettext_lazy("Choose a file first."), "empty": gettext_lazy("That file is empty."),
        },
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )  # fmt: skip


@page("post.draft")
def bring(request: Request) -> HttpResponse:
    """Choose a file; what is in it is shown before anything is created."""
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > sheet.BYTES_MAX:
                raise sheet.SheetRefused(_("That file is larger than 2 MB. Take fewer rows: 500 at a time."))
            read = sheet.read(file.read())
        except sheet.SheetRefused as no:
            form.add_error("file", str(no))
        else:
            held = actions.hold_import(actor=request.actor, name=file.name or "", sheet=read)
            return redirect("posts:import_look", pk=held.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "posts/bulk/bring.html", {"form": form, "columns": list(sheet.COLUMNS)}, status=status)


@page("post.draft")
def look(request: Request, pk: int) -> HttpResponse:
    """The verdict on each row; the button that creates the good ones, once."""
    held = get_object_or_404(BulkImport.objects.visible_to(request.actor), pk=pk)
    if request.method == "POST":
        return _confirmed(request, held)
    return _shown(request, held)


def _shown(request: Request, held: BulkImport, said: str = "") -> HttpResponse:
    rows = [{**row, "when": _moment(row["planned"])} for row in held.rows]
    good = sum(row["good"] for row in rows)
    context = {
        "held": held, "rows": rows, "n_good": good, "n_bad": len(rows) - good, "said": said,
        "n_ready": sum(row["good"] and not row["said"] for row in rows), "may_submit": request.actor.may("post.submit"),
        "zone": request.actor.library.zone, "old": held.made_at < timezone.now() - timedelta(days=2),
    }  # fmt: skip
    return render(request, "posts/bulk/look.html", context, status=422 if said else 200)


def _moment(planned: str) -> Any:
    return parse_datetime(planned) if planned else None


def _confirmed(request: Request, held: BulkImport) -> HttpResponse:
    if request.POST.get("act") == "discard":
        actions.discard_import(actor=request.actor, held=held)
        messages.success(request, _("Nothing was imported."))
        return redirect("posts:import")
    try:
        made = actions.confirm_import(actor=request.actor, held=held, review=bool(request.POST.get("review")))
    except Refused as no:
        return _shown(request, held, no.text)
    messages.success(
        request, ngettext("%(n)s post was created.", "%(n)s posts were created.", len(made)) % {"n": len(made)}
    )
    return redirect("posts:list")


@page("post.draft")
@require_safe
def template(request: Request) -> HttpResponse:
    """A table with the names of all columns and two rows that show how they are meant."""
    names = list(sheet.COLUMNS)
    account = Account.objects.visible_to(request.actor).order_by("platform").first()
    story = {
        "title": _("Story time in December"), "text": _("Story time is back: Saturdays at ten, for everybody from three on."),
        "link": "https://library.example/story-time", "accounts": account.name if account else "all", "date": "2027-01-09",
        "time": "10:00", "pictures": "story-time.jpg", "alt text": _("A librarian reads to six children on a green rug"),
    }  # fmt: skip
    hours = {
        "title": _("Opening hours"), "text": _("On Monday we open at noon."), "x text": _("Monday: open from noon."),
        "accounts": "facebook; x", "date": "2027-01-11", "time": "08:30",
    }  # fmt: skip
    rows = [names, *[[row.get(name, "") for name in names] for row in (story, hours)]]
    response = HttpResponse("".join(sheet.written(rows)), content_type=SHEET)
    response["Content-Disposition"] = 'attachment; filename="posts-template.csv"'
    return response


@page("post.read")
@require_safe
def export(request: Request) -> StreamingHttpResponse:
    """The list of posts as it is filtered, as a table that can be imported again."""
    found = queries.listed(request.actor, request.GET.dict())
    response = StreamingHttpResponse(sheet.written(_table(request, found)), content_type=SHEET)
    response["Content-Disposition"] = f'attachment; filename="posts-{timezone.localdate():%Y-%m-%d}.csv"'
    return response


def _table(request: Request, found: Any) -> Iterator[list[str]]:
    names = {a.pk: a for a in Account.objects.visible_to(request.actor)}
    yield [*sheet.COLUMNS, *STATE_COLUMNS]
    for post in found.iterator(200):
        yield _cells(post, names)


def _cells(post: Post, names: dict[int, Account]) -> list[str]:
    content = post.working_copy.content
    chosen = [names[pk] for pk in content.get("accounts", []) if pk in names]
    own = {names[int(pk)].platform: body for pk, body in content.get("variants", {}).items() if int(pk) in names}
    media = content.get("media", [])
    pictures = Asset.objects.filter(library=post.library_id).in_bulk([row["asset"] for row in media]) if media else {}
    wall = post.planned_for.astimezone(post.zone) if post.planned_for else None
    sent = sorted(d.sent_at for d in post.deliveries.all() if d.sent_at)
    cells = {
        "title": post.title, "text": content.get("body", ""), "facebook text": own.get("facebook", ""),
        "x text": own.get("twitter", ""), "instagram text": own.get("instagram", ""),
        "linkedin text": own.get("linkedin", ""), "link": content.get("link", ""),
        "accounts": "; ".join(account.name for account in chosen), "date": f"{wall:%Y-%m-%d}" if wall else "",
        "time": f"{wall:%H:%M}" if wall else "", "event": post.event.title if post.event else "",
        "campaign": post.campaign.name if post.campaign else "",
        "pictures": "; ".join(pictures[row["asset"]].name for row in media if row["asset"] in pictures),
        "alt text": " | ".join(row.get("alt_text", "") for row in media if row["asset"] in pictures),
    }  # fmt: skip
    told = f"{sent[0].astimezone(post.zone):%Y-%m-%d %H:%M}" if sent else ""
    return [*[cells[name] for name in sheet.COLUMNS], str(queries.overall(post)), told]


@page("post.draft")
@require_POST
def duplicate(request: Request, pk: int) -> HttpResponse:
    """The same once more, as a draft that opens at once."""
    post = get_object_or_404(Post.objects.visible_to(request.actor).select_related("working_copy", "event"), pk=pk)
    copy = actions.duplicate_post(actor=request.actor, post=post)
    messages.success(request, _("This is a copy. The first one stays as it is."))
    return redirect("posts:edit", pk=copy.pk)
