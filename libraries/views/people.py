"""Who works here, and what each may do."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from libraries import actions
from libraries.access import page
from libraries.forms import MembershipForm, PersonForm
from libraries.models import Membership, Role
from libraries.permissions import Refused

MAY = {
    Role.VIEWER: gettext_lazy("reads everything but the record"),
    Role.CONTRIBUTOR: gettext_lazy("also proposes drafts"),
    Role.STAFF: gettext_lazy("also sends posts to review and answers"),
    Role.MANAGER: gettext_lazy("also approves, publishes and reads the record"),
    Role.ADMIN: gettext_lazy("also looks after people, accounts and settings"),
}


@page("people.manage")
def people(request: HttpRequest) -> HttpResponse:
    """The list, and a form for a new colleague. A first password is shown once, on the page that answers the form."""
    form, added, password = PersonForm(request.POST if request.method == "POST" else None), None, ""
    if request.method == "POST" and form.is_valid():
        try:
            added, password = actions.add_person(actor=request.actor, **form.cleaned_data)
            form = PersonForm()
        except Refused as refused:
            form.add_error("email", refused.text)
    members = Membership.objects.filter(library=request.actor.library).select_related("user")
    rows = sorted(members, key=lambda m: (not m.is_active, -list(Role).index(Role(m.role)), str(m.user).lower()))
    seen = {"rows": rows, "roles": [(role, role.label, MAY[role]) for role in Role], "form": form,
            "added": added, "password": password}  # fmt: skip
    return render(request, "libraries/people.html", seen, status=422 if form.errors else 200)


@page("people.manage")
@require_POST
def change_person(request: HttpRequest, pk: int) -> HttpResponse:
    membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk, library=request.actor.library)
    form = MembershipForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the roles in the list."))
        return redirect("libraries:people")
    try:
        actions.change_membership(actor=request.actor, membership=membership, **form.cleaned_data)
    except Refused as refused:
        messages.error(request, refused.text)
        return redirect("libraries:people")
    words = _("%(person)s is now: %(role)s.") if membership.is_active else _("%(person)s can no longer sign in here.")
    messages.success(request, words % {"person": membership.user, "role": membership.get_role_display()})
    return redirect("libraries:people")
