"""Coming in, going out, one's own password, and which library one works for."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.numbers import row_id
from libraries import actions, entering
from libraries.access import page, public
from libraries.forms import PasswordForm, SignInForm
from libraries.middleware import SESSION_KEY
from libraries.models import Membership


def safe_next(request: HttpRequest) -> str:
    """Where to go after signing in: only ever to a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours and wanted.startswith("/") else "/"


@sensitive_post_parameters("password")
@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and the way back to the page that was asked for. A refusal keeps the address that was typed."""
    if request.user.is_authenticated and request.method == "GET":
        return redirect(safe_next(request))
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        login(request, form.user)
        entering.record_sign_in(form.user)
        return redirect(safe_next(request))
    waiting = form.has_error("__all__", "wait")
    status = 429 if waiting else 422 if form.errors else 200
    seen = {"form": form, "next": safe_next(request)}
    response = render(request, "registration/login.html", seen, status=status)
    if waiting:
        response["Retry-After"] = str(form.wait_s)
    return response


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("libraries:sign_in")


@sensitive_post_parameters("old", "new")
@page("library.read")
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; other sessions of the same person end."""
    form = PasswordForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.change_password(actor=request.actor, new=form.cleaned_data["new"])
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password is changed. Elsewhere you are signed out."))
        return redirect("libraries:password")
    return render(request, "libraries/password.html", {"form": form}, status=422 if form.errors else 200)


@page("library.read")
@require_POST
def switch_library(request: HttpRequest) -> HttpResponse:
    """Work for another of one's libraries."""
    mine = Membership.objects.filter(user=request.user, is_active=True)
    chosen = get_object_or_404(mine.select_related("library"), library_id=row_id(request.POST.get("library", "")) or 0)
    request.session[SESSION_KEY] = chosen.library_id
    messages.success(request, _("You now work for %(library)s.") % {"library": chosen.library})
    return redirect("libraries:home")
