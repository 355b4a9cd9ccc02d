"""Make the practice library on the first start: an invented library, three people, its events."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

import audit.record
from audit.actions import Action
from libraries.models import Branch, Library, Membership, Role, User
from library_social.practice.events import events_ics
from posts.models import Campaign
from programs.actions import import_body
from programs.models import Feed

PEOPLE = (
    ("staff@fernhollow.example", "Sam Okafor", Role.STAFF),
    ("manager@fernhollow.example", "Maeve Brandt", Role.MANAGER),
    ("admin@fernhollow.example", "Ada Lindqvist", Role.ADMIN),
)
BRANCHES = (
    ("Main Street", "main-street", ["Main Street Branch", "Main"]),
    ("Mill Lane", "mill-lane", ["Mill Lane Branch"]),
    ("Harbour", "harbour", ["Harbour Branch"]),
)
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "juniper", "kestrel", "lagoon",
         "maple", "nutmeg", "orchard", "pebble", "quartz", "river", "saffron", "thistle", "umber", "violet", "willow",
         "yarrow")  # fmt: skip


def new_password() -> str:
    """Four words and two digits: about 25 bits more than a person would choose, and easy to type once."""
    return "-".join(secrets.choice(WORDS) for _ in range(4)) + f"-{secrets.randbelow(90) + 10}"


class Command(BaseCommand):
    help = "Create the practice library, once. Prints its sign-ins as JSON; a second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        kept = Path(settings.VAR_DIR) / "sign-ins.json"
        if not Library.objects.exists():
            passwords = {email: new_password() for email, _name, _role in PEOPLE}
            self.keep(kept, passwords)  # first: a library whose passwords nobody knows would be of no use
            with transaction.atomic():
                self.seed(passwords)
        self.stdout.write(kept.read_text() if kept.exists() else "[]")

    def keep(self, path: Path, passwords: dict[str, str]) -> None:
        rows = [{"role": str(role), "email": email, "password": passwords[email]} for email, _name, role in PEOPLE]
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            json.dump(rows, file)

    def seed(self, passwords: dict[str, str]) -> None:
        library = Library.objects.create(
            name="Fernhollow Public Library", slug="fernhollow", tz="America/Toronto", website="https://fernhollow.example"
        )
        for name, slug, aliases in BRANCHES:
            Branch.objects.create(library=library, name=name, slug=slug, aliases=aliases)
        for email, name, role in PEOPLE:
            user = User.objects.create_user(email, passwords[email], name=name)
            Membership.objects.create(library=library, user=user, role=role)
        Campaign.objects.create(library=library, name="Winter reading", slug="winter-reading", goal="300 children sign up")
        audit.record.record(None, Action.LIBRARY_CREATED, library, library_id=library.pk, realm=library.mode)
        feed = Feed.objects.create(library=library, name="Fernhollow events (practice)", tz=library.tz)
        today = timezone.now().astimezone(ZoneInfo(library.tz)).date()
        import_body(None, feed, events_ics(today, library.zone), "text/calendar")
