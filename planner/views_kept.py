"""Views with a name, and the secret addresses at which other calendars read them."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from libraries.access import Request, page, public
from libraries.permissions import Refused
from libraries.throttling import place_of
from planner import actions, calendar_feed, kept, queries
from planner.models import FeedAddress, SavedView

SHOWN_ONCE = "calendar-address"
READS, WINDOW_S = 60, 3600  # of one place; calendars ask a few times an hour
LAYERS = ("events", "almanac", "slots")


def filter_of(text: str) -> str:
    """The part of an address that a view keeps: filters and layers, in one order, whatever else was in it."""
    asked, made = QueryDict(text[:2000]), QueryDict(mutable=True)
    made.update({name: asked[name] for name in (*queries.FILTERS, *LAYERS) if asked.get(name)})
    return made.urlencode()


@page("post.read")
def views(request: Request) -> HttpResponse:
    """All views one sees; a POST keeps another."""
    said, status = "", 200
    if request.method == "POST":
        asked = request.POST
        try:
            view = actions.save_view(
                actor=request.actor, name=asked.get("name", ""), page=asked.get("page", ""),
                query=filter_of(asked.get("query", "")), shared=bool(asked.get("shared")),
            )  # fmt: skip
        except Refused as no:
            said, status = no.text, 422
        else:
            messages.success(request, _("“%(name)s” is kept.") % {"name": view.name})
            return redirect(view.address)
    secret = request.session.pop(SHOWN_ONCE, None) or {}
    address = f"{settings.PUBLIC_URL.rstrip('/')}{reverse('planner:feed', args=[secret['secret']])}" if secret else ""
    found = kept.of(request.actor).views
    held = FeedAddress.objects.visible_to(request.actor).filter(view__in=[one.pk for one in found], revoked_at=None)
    opened = {one.view_id: one for one in held}
    rows = [
        {
            "view": one,
            "open": opened.get(one.pk),
            "mine": one.owner_id == request.actor.user_id or request.actor.may("post.edit_any"),
        }
        for one in found
    ]
    context = {
        "rows": rows, "said": said, "typed": request.POST.get("name", ""), "address": address, "shown_for": secret.get("view"),
        "may_open": request.actor.may("post.draft"),
    }  # fmt: skip
    return render(request, "planner/views.html", context, status=status)


@page("post.read")
@require_POST
def remove_view(request: Request, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.actor), pk=pk)
    try:
        actions.remove_view(actor=request.actor, view=view)
        messages.success(request, _("“%(name)s” is gone, and with it its address.") % {"name": view.name})
    except (Refused, PermissionDenied) as no:
        messages.error(request, str(no))
    return redirect("planner:views")


@page("post.draft")
@require_POST
def address(request: Request, pk: int) -> HttpResponse:
    """Open an address, change it, or close it. The secret is shown once, on the page that follows."""
    view = get_object_or_404(SavedView.objects.visible_to(request.actor), pk=pk)
    try:
        if request.POST.get("act") == "close":
            actions.revoke_address(actor=request.actor, view=view)
            messages.success(request, _("The address is closed. Calendars that read it find nothing any more."))
        else:
            request.session[SHOWN_ONCE] = {
                "secret": actions.make_address(actor=request.actor, view=view),
                "view": view.pk,
            }
    except (Refused, PermissionDenied) as no:
        messages.error(request, str(no))
    return redirect("planner:views")


@public
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar of a view, for whoever knows its address: nothing tells a wrong address from a closed one."""
    if _reads_too_often(request):
        answer = HttpResponse(
            _("Too many requests. Ask again in an hour."), status=429, content_type="text/plain; charset=utf-8"
        )
        answer["Retry-After"] = str(WINDOW_S)
        return answer
    found = calendar_feed.reader_of(secret)
    if found is None:
        return HttpResponseNotFound(
            _("There is no calendar at this address."), content_type="text/plain; charset=utf-8"
        )
    held, actor = found
    body = calendar_feed.written(actor, held.view, timezone.now(), settings.PUBLIC_URL)
    calendar_feed.note_read(held)
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="library-social.ics"'
    answer["Cache-Control"] = "private, max-age=900"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _reads_too_often(request: HttpRequest) -> bool:
    """More than READS an hour from one place. A cache that does not answer lets everybody in."""
    key = f"calendar-feed:{place_of(request)}"
    try:
        cache.add(key, 0, WINDOW_S)
        return cache.incr(key) > READS
    except Exception:  # whatever the cache's client raises: reading a calendar must not depend on it
        return False
