"""Branches: their names, clocks, telephones and opening hours, as posts and events name them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.numbers import row_id
from libraries import actions
from libraries.access import page
from libraries.forms import zone_choices
from libraries.models import Branch
from libraries.permissions import Refused


class BranchForm(forms.Form):
    """One branch. `aliases` are typed one on a line."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    phone = forms.CharField(
        label=gettext_lazy("Telephone"), max_length=40, required=False,
        help_text=gettext_lazy("As people would dial it. Posts take it from here: {branch.phone}."),
    )  # fmt: skip
    hours = forms.CharField(
        label=gettext_lazy("Opening hours"), max_length=200, required=False,
        help_text=gettext_lazy("In one line, such as: Monday to Friday 9–18, Saturday 10–14."),
    )  # fmt: skip
    tz = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)
    aliases = forms.CharField(
        label=gettext_lazy("Other names in calendars"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One on a line; events from feeds are recognised by them."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tz"].choices = [("", _("As the library")), *zone_choices()]

    def clean_aliases(self) -> list[str]:
        lines = (" ".join(line.split()) for line in self.cleaned_data["aliases"].splitlines())
        return list(dict.fromkeys(line[:120] for line in lines if line))


def shown(branch: Branch) -> dict[str, Any]:
    """What the form shows of a branch."""
    return {**{name: getattr(branch, name) for name in actions.BRANCH}, "aliases": "\n".join(map(str, branch.aliases))}


@page("settings.change")
def branches(request: HttpRequest) -> HttpResponse:
    """Every branch with its form, and one for a new branch. POST: `branch` says which, "" is a new one."""
    rows = list(Branch.objects.filter(library=request.actor.library).order_by("name"))
    asked, forms_ = row_id(request.POST.get("branch", "")), {}
    if request.method == "POST":
        branch = get_object_or_404(Branch, pk=asked, library=request.actor.library) if asked else None
        form = BranchForm(request.POST, prefix=_prefix(branch))
        if _saved(request, branch, form):
            return redirect("libraries:branches")
        forms_[_prefix(branch)] = form
    made = [(row, forms_.get(_prefix(row)) or BranchForm(initial=shown(row), prefix=_prefix(row))) for row in rows]
    new = forms_.get(_prefix(None)) or BranchForm(prefix=_prefix(None))
    seen = {"rows": made, "new": new, "library": request.actor.library}
    return render(request, "libraries/branches.html", seen, status=422 if forms_ else 200)


def _prefix(branch: Branch | None) -> str:
    return f"b{branch.pk}" if branch else "new"


def _saved(request: HttpRequest, branch: Branch | None, form: BranchForm) -> bool:
    if not form.is_valid():
        return False
    try:
        kept = actions.save_branch(actor=request.actor, branch=branch, **form.cleaned_data)
    except Refused as no:
        form.add_error("name", no.text)
        return False
    messages.success(request, _("“%(name)s” is saved.") % {"name": kept})
    return True
