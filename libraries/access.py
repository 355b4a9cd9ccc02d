"""Who may open a page: every view says it, and the permission walk fails on one that does not."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from libraries.permissions import VERBS, Actor, require

View = Callable[..., HttpResponseBase]


class Request(HttpRequest):
    """What a view behind `page` is handed: the middleware has put the acting person on it. A type, never made."""

    actor: Actor


def page(verb: str, *, write: str = "") -> Callable[[View], View]:
    """The view needs a signed-in member whose role has `verb`; for anything but GET and HEAD also `write`.

    Signed out: to the sign-in page and back (htmx: by a full page load). Raises KeyError at import for a verb that
    does not exist.
    """
    VERBS[verb], VERBS[write or verb]

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if request.actor is None:
                return render(request, "libraries/no_library.html", status=403)
            require(request.actor, verb)
            if write and request.method not in ("GET", "HEAD"):
                require(request.actor, write)
            return view(request, *args, **kwargs)

        inner.verb, inner.write_verb = verb, write or verb
        return inner

    return wrap


def public(view: View) -> View:
    """Marks one of the few views that need no sign-in."""
    view.verb = view.write_verb = ""
    return view


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, which leads back here; a form's text survives in the browser's own page."""
    back = request.get_full_path() if request.method == "GET" else request.META.get("HTTP_REFERER", "/")
    address = f"{reverse('libraries:sign_in')}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return redirect(address)


