"""What every request passes: its text made plain, and `request.actor`: who acts, for which library, in which role."""

from __future__ import annotations

import codecs
import secrets
import zoneinfo
from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.defaults import bad_request

from audit.record import request_id
from libraries.models import Membership
from libraries.permissions import Actor

SESSION_KEY = "library"


def actor_of(request: HttpRequest) -> Actor | None:
    """The signed-in person's membership in the chosen library, else in the first; None where there is none."""
    if not request.user.is_authenticated:
        return None
    memberships = (
        Membership.objects.filter(user=request.user, is_active=True).select_related("library").order_by("pk")
    )
    chosen = request.session.get(SESSION_KEY)
    found = next((m for m in memberships if m.library_id == chosen), None) or (memberships[0] if memberships else None)
    return Actor(user=request.user, membership=found, library=found.library) if found else None


class CharsetMiddleware:
    """Forms are read as UTF-8, as every page of ours sends them, whatever a request's header claims.

    A header may name any codec that Python knows (utf-7, base64, hex), and reading text by it ends in errors or in
    other words than a person wrote. So what comes with a form in another one is refused, before anything reads it.
    Must stand before whatever looks at a form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        named = (request.content_params or {}).get("charset", "")
        if request.method not in ("GET", "HEAD", "OPTIONS") and not _is_utf8(named):
            request.encoding = "utf-8"  # the page that says so reads the request, too
            return bad_request(request, SuspiciousOperation("charset"))
        if named:
            request.encoding = "utf-8"
        return self.get_response(request)


def _is_utf8(charset: str) -> bool:
    """Whether text in it reads the same as UTF-8; the header may leave it out."""
    try:
        return not charset or codecs.lookup(charset.strip("\"'")).name in ("utf-8", "ascii")
    except (LookupError, ValueError):
        return False


class PlainTextMiddleware:
    """Takes NUL out of what addresses and forms say: it is in no text a person writes, and PostgreSQL refuses it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Runs after the check of the form's token, which has read the form already."""
        request.GET = _plain(request.GET)
        if request.method == "POST":
            request.POST = _plain(request.POST)


def _plain(said: QueryDict) -> QueryDict:
    if not any("\0" in value for _name, values in said.lists() for value in values):
        return said
    kept = said.copy()
    for name, values in said.lists():
        kept.setlist(name, [value.replace("\0", "") for value in values])
    kept._mutable = False
    return kept


class ActorMiddleware:
    """Also activates the library's time zone and names the request for the record and the logs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(secrets.token_hex(8))
        # No text in PostgreSQL holds a zero byte, so a search for one is a search for the rest of the words.
        request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace("%00", "").replace("\0", "")
        request.actor = actor_of(request) if not request.path.startswith("/static/") else None
        try:
            if not request.actor:
                return self.get_response(request)
            with timezone.override(zoneinfo.ZoneInfo(request.actor.library.tz)):
                response = self.get_response(request)
            # What a member sees is theirs: no shared cache, and no disk of a desk computer, keeps it.
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response
        finally:
            request_id.reset(token)
