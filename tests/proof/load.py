"""Accounts and due deliveries for bench and chaos, made through the product's own actions."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.proof.stack import Stack

NETWORKS = ("facebook", "twitter", "instagram", "linkedin")


def connected(stack: Stack, library: Any, each: int) -> dict[str, list[Any]]:
    """`each` accounts on every network, connected with tokens that the sandbox handed out. network -> accounts."""
    from django.utils import timezone

    from platforms import registry, vault
    from platforms.base import Token
    from platforms.models import Account

    made: dict[str, list[Any]] = {}
    for network in [name for name in NETWORKS if name in registry.names()]:
        for row in stack.door("POST", "/__world", {"network": network, "accounts": each}):
            token = row["token"]
            ends = token.get("expires_in")
            account = Account.objects.create(
                library=library, realm="practice", platform=network, external_id=row["external_id"], name=row["name"],
                handle=row.get("handle") or "", facts=row.get("facts") or {},
            )  # fmt: skip
            expires = timezone.now() + timedelta(seconds=ends) if ends else None
            vault.store(account, Token(token["access"], token.get("refresh") or "", expires))
            made.setdefault(network, []).append(account)
    return made


def pictures(library: Any, count: int) -> list[Any]:
    """Different pictures, small enough that making renditions does not take the day."""
    from django.core.files.base import ContentFile
    from PIL import Image

    from media_library.models import Asset

    made = []
    for number in range(count):
        out = io.BytesIO()
        image = Image.effect_noise((800, 600), 40).convert("RGB")
        image.paste((number * 37 % 256, number * 91 % 256, number * 13 % 256), (0, 0, 400, 300))
        image.save(out, "JPEG", quality=70)
        row = Asset(
            library=library, name=f"card-{number}.jpg", sha256=f"{number:064x}", mime="image/jpeg", width=800, height=600,
            bytes=out.tell(),
        )  # fmt: skip
        row.file.save(f"proof-{number}.jpg", ContentFile(out.getvalue()), save=False)
        row.save()
        made.append(row)
    return made


def groups(accounts: dict[str, list[Any]], deliveries: int) -> Iterable[list[Any]]:
    """Lists of four accounts, one per network, until there are enough deliveries; the rounds differ."""
    made, n = 0, 0
    while made < deliveries:
        row = [accounts[name][n % len(accounts[name])] for name in NETWORKS if name in accounts][: deliveries - made]
        yield row
        made, n = made + len(row), n + 1


def schedule(
    library: Any, accounts: dict[str, list[Any]], deliveries: int, when: datetime, *, pairs: int = 0, prefix: str = "Notice"
) -> list[Any]:
    """Deliveries due at one instant, one picture each, all texts different but for `pairs` posts that repeat another.

    Posts carry a link, so that the repeated ones still differ where our short link stands in the text. Returns the
    deliveries.
    """
    from libraries.models import Role
    from posts import actions
    from posts.models import Review
    from tests import factories

    author, approver = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    shown, made = pictures(library, 8), []
    rows = [(n, row) for n, row in enumerate(groups(accounts, deliveries - pairs * len(NETWORKS)))]
    # X refuses the same words twice, so a text is repeated only where our link makes the two differ there.
    repeated = [(n, row) for n, row in rows if all(a.carry_link for a in row)][:pairs]
    for number, (n, row) in enumerate([*rows, *repeated]):
        post = factories.draft(
            author, *row, body=f"{prefix} {n}: the reading room, shelf {n * 7919 % 10007}.",
            link=f"https://library.example/n/{number}", pictures=(shown[number % 8],),
        )  # fmt: skip
        revision = actions.submit_post(actor=author, post=post, planned_for=None)
        actions.review_post(actor=approver, post=post, revision=revision, verdict=Review.APPROVE)
        made += actions.schedule_post(actor=approver, post=post, when=when)
    return made
