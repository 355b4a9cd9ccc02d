"""Every component on a few invented pages, served with the policy of the product: what the browser looks at, no database."""

from __future__ import annotations

import http.server
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.template.backends.django import DjangoTemplates
from django.test import RequestFactory
from django.urls import include, path, set_urlconf
from django.views import View

from libraries.templatetags.looks import STATES

ROOT = Path(__file__).resolve().parents[2]
POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="4" height="3" fill="tan"/></svg>'
NETWORKS = ["facebook", "twitter", "instagram", "linkedin"]
NOW = datetime(2026, 12, 8, 9, tzinfo=UTC)
TEXT = (
    "Bring the seeds you have too many of and take home what you would like to grow: beans, sweet peas, and the tall "
    "yellow sunflowers from the school yard. We have paper bags, pencils and tea. No need to book, come when you like."
    "\n\nAll about it: https://fernhollow.example/r/aB3 #SeedSwap #GrowTogether @fernhollowlib"
)


class Example(forms.Form):
    title = forms.CharField(help_text="Only your library sees this.")
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    at = forms.DateTimeField(label="When", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    zone = forms.ChoiceField(choices=[("a", "Europe/Dublin")])
    how = forms.ChoiceField(choices=[("now", "Now"), ("at", "At a time")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="Decorative", required=False, help_text="Readers will not hear of it.")
    file = forms.FileField(required=False)


class SignIn(forms.Form):
    username = forms.EmailField(label="Email")
    password = forms.CharField(widget=forms.PasswordInput)


class Person:
    initials = "RV"

    def __str__(self) -> str:
        return "Robin Vale"


class Message:
    def __init__(self, tags: str, text: str) -> None:
        self.tags, self.text = tags, text

    def __str__(self) -> str:
        return self.text


def month() -> list[dict[str, Any]]:
    """Five weeks with every state somewhere."""
    states, days = list(STATES), []
    for number in range(-1, 34):
        date = datetime(2026, 12, 1, 9, tzinfo=UTC) + timedelta(days=number)
        chips = [
            {
                "at": date + timedelta(hours=3 * place),
                "words": "Seed swap in the garden behind the library",
                "state": states[(number + place) % len(states)],
                "networks": NETWORKS[: 1 + (number + place) % 4],
            }
            for place in range(number % 3)
        ]
        flags = {"past": number < 7, "today": number == 7, "other": not 0 <= number < 31}
        layer = "Human Rights Day" if number == 9 else ""
        days.append({"date": date, "chips": chips, "layer": layer, "more": 3 if number == 9 else 0, **flags})
    return days


def frame() -> dict[str, Any]:
    names = ["Calendar", "Posts", "Inbox", "Events", "Media", "Settings"]
    icons = ["calendar", "pencil", "inbox", "calendar-event", "photo", "settings"]
    nav = [
        {
            "label": name,
            "url": f"#{name}",
            "icon": picture,
            "current": name == "Calendar",
            "count": 7 * (name == "Inbox"),
        }
        for name, picture in zip(names, icons, strict=True)
    ]
    band = {"tone": "ask", "icon": "plug-connected-x", "strong": "Instagram is disconnected.", "text": "3 posts wait."}
    return {
        "nav": nav,
        "bands": [band | {"url": "#band", "action": "Reconnect"}],
        "notice_count": 3,
        "practice": True,
        "sandbox_url": "#sandbox",
        "can": {"post_draft": True},
        "messages": [Message("success", "It is scheduled."), Message("error", "The picture is too wide.")],
    }


def contents() -> dict[str, Any]:
    return {
        "bad": Example({"how": "x", "note": "Far more than twenty characters"}),
        "fresh": Example(prefix="fresh"),
        "states": list(STATES),
        "networks": NETWORKS,
        "now": NOW,
        "moments": [NOW + timedelta(days=away) for away in (0, 1, 3, -1, 400)],
        "page": Paginator(range(95), 20).page(2),
        "rows": [
            {"at": NOW, "text": "Sent.", "state": "sent"},
            {"at": NOW, "text": "No answer.", "state": "unconfirmed"},
        ],
        "text": TEXT,
        "media": [{"url": "/picture.svg", "alt": "A table full of paper bags."}],
        "days": month(),
        "weekdays": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        "form": SignIn({"username": "x"}),
    }


def render(name: str, *, signed_in: bool = True) -> str:
    """A page of the kit, or one of the product's own templates, as the product prints it."""
    library = "Fernhollow Public Library"
    role = SimpleNamespace(get_role_display="Manager")
    request = RequestFactory().get("/")
    request.actor = SimpleNamespace(user=Person(), membership=role, library=library) if signed_in else None
    engine = DjangoTemplates(
        {
            "NAME": "showroom",
            "DIRS": [Path(__file__).with_name("kit"), ROOT / "templates"],
            "APP_DIRS": False,
            "OPTIONS": {
                "context_processors": ["django.template.context_processors.request"],
                "libraries": {"ui": "libraries.templatetags.ui"},
            },
        }
    )
    set_urlconf(__name__)  # of this thread: every place of the frame is there, whatever the product has by now
    try:
        return engine.get_template(name).render(contents() | (frame() if signed_in else {}), request)
    finally:
        set_urlconf(None)


places = [path(f"{name}/", View.as_view(), name=name) for name in ("notices", "password", "sign_out")]
urlpatterns = [
    path("search/", View.as_view(), name="search"),
    path("posts/", include(([path("new/", View.as_view(), name="new")], "posts"))),
    path("", include((places, "libraries"))),
]
IN_FRAME = {"kit": "kit.html", "calendar": "calendar.html", "composer": "composer.html"}
OUTSIDE = {
    "login": "registration/login.html",
    "400": "400.html",
    "403": "403.html",
    "404": "404.html",
    "500": "500.html",
    "403_csrf": "403_csrf.html",
    "session_ended": "session_ended.html",
}
PAGES = IN_FRAME | OUTSIDE


class Door(http.server.BaseHTTPRequestHandler):
    """Serves the pages, the static folder and one picture."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        kind, body = "text/html; charset=utf-8", b""
        if path.startswith("/static/") and (file := ROOT / path[1:]).is_file():
            kind, body = mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes()
        elif path == "/picture.svg":
            kind, body = "image/svg+xml", PICTURE.encode()
        elif page := PAGES.get(path.strip("/").removesuffix(".html")):
            body = render(page, signed_in=page in IN_FRAME.values()).encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: a test prints what matters."""


@contextmanager
def open_house() -> Iterator[str]:
    """The address of the served kit, for as long as the block lasts."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
