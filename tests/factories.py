"""People and things for tests. Alice is an admin, Marta a manager, Stefan staff, Cora a contributor, Vic a viewer."""

from __future__ import annotations

import hashlib
import io
import itertools
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image

from libraries.models import Branch, Library, Membership, Role, User
from libraries.permissions import Actor
from media_library.models import Asset
from platforms import vault
from platforms.base import Token
from platforms.models import Account
from posts import actions
from posts.models import Delivery, Event, Post, Review

PASSWORD = "correct horse battery staple"
NAMES = {Role.ADMIN: "Alice", Role.MANAGER: "Marta", Role.STAFF: "Stefan", Role.CONTRIBUTOR: "Cora", Role.VIEWER: "Vic"}
_numbers = itertools.count(1)


def library(name: str = "Fernhollow Public Library", **fields: Any) -> Library:
    """A library with one active admin (the database insists), in America/Toronto."""
    n = next(_numbers)
    with transaction.atomic():
        made = Library.objects.create(**{"name": name, "slug": f"library-{n}", "tz": "America/Toronto", **fields})
        Branch.objects.create(library=made, name="Main Street", slug="main-street")
        person(made, Role.ADMIN)
    return made


def person(of: Library, role: Role = Role.STAFF, name: str = "", *, active: bool = True) -> Actor:
    """A new person with a membership; every person's password is PASSWORD."""
    n = next(_numbers)
    user = User(email=f"{role}-{n}@example.org", name=name or NAMES[role])
    user.set_password(PASSWORD)
    user.save()
    membership = Membership.objects.create(library=of, user=user, role=role, is_active=active)
    return Actor(user=user, membership=membership, library=of)


def actor(of: Library, role: Role) -> Actor:
    """The library's first person in this role, made if there is none."""
    found = Membership.objects.filter(library=of, role=role, is_active=True).select_related("user").first()
    return Actor(user=found.user, membership=found, library=of) if found else person(of, role)


def account(of: Library, platform: str = "facebook", **fields: Any) -> Account:
    """A connected practice account with a token."""
    n = next(_numbers)
    kinds = {"facebook": "page", "instagram": "business", "twitter": "user", "linkedin": "organization"}
    made = Account.objects.create(
        **{
            "library": of, "realm": "practice", "platform": platform, "external_id": f"{platform}-{n}",
            "name": f"{of.name}", "handle": f"fernhollow{n}", "facts": {"kind": kinds.get(platform, "page")},
            **fields,
        }
    )  # fmt: skip
    vault.store(made, Token(access=f"token-{n}"))
    return made


def picture_bytes(width: int = 640, height: int = 480, colour: str = "teal", fmt: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, fmt)
    return out.getvalue()


def asset(of: Library, width: int = 640, height: int = 480, **fields: Any) -> Asset:
    n = next(_numbers)
    data = picture_bytes(width, height, f"#{n * 7919 % 0xFFFFFF:06x}")
    row = Asset(
        library=of, name=f"picture-{n}.jpg", sha256=hashlib.sha256(data + str(n).encode()).hexdigest(),
        mime="image/jpeg", width=width, height=height, bytes=len(data), **fields,
    )  # fmt: skip
    row.file.save(f"test-{n}.jpg", ContentFile(data), save=False)
    row.save()
    return row


def event(of: Library, title: str = "Story time", starts_in: timedelta = timedelta(days=7), **fields: Any) -> Event:
    start = timezone.now().replace(microsecond=0) + starts_in
    return Event.objects.create(
        **{"library": of, "title": title, "starts_at": start, "ends_at": start + timedelta(hours=1), "tz": of.tz, **fields}
    )


def draft(
    author: Actor, *accounts: Account, body: str = "Story time moves to 10:30.", link: str = "", pictures: tuple[Asset, ...] = (),
    event: Event | None = None, variants: dict[str, str] | None = None, more: dict[str, Any] | None = None,
) -> Post:  # fmt: skip
    """A draft whose working copy is ready to be submitted."""
    content = {
        "body": body, "link": link, "accounts": [a.pk for a in accounts], "variants": variants or {},
        "media": [{"asset": p.pk, "alt_text": p.alt_text or "A plain coloured card", "decorative": False} for p in pictures],
        **(more or {}),
    }  # fmt: skip
    return actions.create_post(actor=author, title=body[:40], event=event, content=content)


def approved(author: Actor, approver: Actor, *accounts: Account, **fields: Any) -> Post:
    """A post that was submitted by `author` and approved by `approver`."""
    post = draft(author, *accounts, **fields)
    revision = actions.submit_post(actor=author, post=post, planned_for=None)
    actions.review_post(actor=approver, post=post, revision=revision, verdict=Review.APPROVE)
    return post


def scheduled(of: Library, *accounts: Account, when: datetime | None = None, **fields: Any) -> list[Delivery]:
    """Deliveries of an approved post, due now unless `when`."""
    author, approver = actor(of, Role.STAFF), actor(of, Role.MANAGER)
    post = approved(author, approver, *accounts, **fields)
    return actions.schedule_post(actor=approver, post=post, when=when)
