"""What was approved is what the public sees: text, link, pictures and their words, on all four networks."""

from __future__ import annotations

import hashlib
import html
import io
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from library_social.practice.events import events_ics
from library_social.practice.pictures import pictures as practice_pictures
from media_library.actions import add_asset
from platforms import lines
from posts.models import Attempt, Delivery, Event, TrackedLink
from programs.actions import confirm_preview, make_preview
from tests import factories
from tests.flows.engine import LINK, NETWORKS, Engine, fresh, plain

EXIF_ORIENTATION, EXIF_GPS = 0x0112, 0x8825


def the_one(engine: Engine, delivery: Delivery) -> dict[str, Any]:
    """The single post that the network shows for this account, held against what was approved."""
    text = plain(delivery.payload["text"])
    (post,) = [post for post in engine.book(delivery.account) if plain(post["text"]) == text]
    approved = [(row["sha256"], row["alt_text"]) for row in delivery.payload["media"]]
    assert [(m["sha256"], m["alt"]) for m in post["media"]] == approved
    return post


@pytest.mark.parametrize("network", NETWORKS)
def test_the_public_sees_exactly_what_was_approved(engine: Engine, network: str) -> None:
    account = engine.account(network)
    (delivery,) = engine.schedule(account, body="Story time moves to 10:30.", link=LINK)
    assert engine.work() == ["sent"]
    post = the_one(engine, fresh(delivery))
    if delivery.payload["marker"]:
        link = TrackedLink.objects.get(delivery=delivery)
        assert f"/r/{link.slug}" in post["text"] and link.target == LINK
        assert delivery.payload["marker"] == link.slug
    else:
        assert network == "instagram"  # links in its captions are not clickable, so they are left out
    assert delivery.remote_id == post["id"] and delivery.sent_at
    assert "Story time moves to 10:30." in html.unescape(engine.practice.page(delivery.remote_url))
    (attempt,) = Attempt.objects.filter(delivery=delivery)
    assert (attempt.number, attempt.outcome) == (1, "published")
    assert delivery.account.day_counts.get().published == 1
    assert delivery.account.cursors.get().stream == f"comments:{post['id']}"


@pytest.mark.parametrize("network", NETWORKS)
def test_several_pictures_keep_their_order_and_their_words(engine: Engine, network: str) -> None:
    (delivery,) = engine.schedule(engine.account(network), body="Three new picture books.", pictures=3)
    assert engine.work() == ["sent"]
    post = the_one(engine, fresh(delivery))
    assert [m["alt"] for m in post["media"]] == [f"Card number {n} on a desk" for n in range(3)]
    assert len({m["sha256"] for m in post["media"]}) == 3


def test_text_alone_goes_where_no_picture_is_needed(engine: Engine) -> None:
    accounts = [engine.account(name) for name in ("facebook", "twitter", "linkedin")]
    deliveries = engine.schedule(*accounts, body="We close at six today.", pictures=0)
    assert engine.work() == ["sent"] * 3
    assert all(engine.copies(fresh(d)) == 1 for d in deliveries)


def test_an_account_without_our_link_gets_the_words_alone(engine: Engine) -> None:
    account = engine.account("twitter")
    type(account).objects.filter(pk=account.pk).update(carry_link=False)
    account.refresh_from_db()
    (delivery,) = engine.schedule(account, body="New: seeds to borrow.", link=LINK)
    engine.work()
    assert the_one(engine, fresh(delivery))["text"] == "New: seeds to borrow." and delivery.state == "sent"


def shown_picture_of(engine: Engine, delivery: Delivery) -> Image.Image:
    """The bytes that the network holds, opened."""
    (media,) = the_one(engine, delivery)["media"]
    data = (engine.practice.pictures / media["sha256"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == media["sha256"]
    return Image.open(io.BytesIO(data))


def imported(engine: Engine) -> list[Event]:
    """Three events of a calendar file, taken in through the product's own door."""
    body = events_ics(timezone.now().date(), engine.library.zone)
    preview = make_preview(actor=engine.manager, name="Events", file_name="events.ics", body=body)
    confirm_preview(actor=engine.manager, preview=preview)
    return list(Event.objects.filter(library=engine.library, listing="scheduled").order_by("starts_at")[1:4])


def test_three_imported_events_with_real_pictures_reach_all_four_networks(engine: Engine) -> None:
    accounts = [engine.account(network) for network in NETWORKS]
    made = []
    for event, shot in zip(imported(engine), practice_pictures(), strict=True):
        asset = add_asset(actor=engine.author, data=shot.data, name=shot.name, alt_text=shot.alt_text)
        made += factories.scheduled(
            engine.library, *accounts, body=f"{event.title}: come along.", event=event, pictures=(asset,), link=LINK
        )
    assert engine.work() == ["sent"] * 12
    for number, delivery in enumerate(made):
        seen, spec = shown_picture_of(engine, fresh(delivery)), lines.capabilities(delivery.account).limits.image
        assert seen.format in spec.formats and seen.width <= spec.width_max
        assert spec.ratio_min - 0.01 <= seen.width / seen.height <= spec.ratio_max + 0.01
        assert delivery.payload["media"][0]["bytes"] <= spec.max_bytes
        exif = seen.getexif()
        assert not exif.get(EXIF_ORIENTATION) and not exif.get_ifd(EXIF_GPS) and "Pocket" not in str(dict(exif))
        if number < len(NETWORKS):
            assert seen.height > seen.width  # it lay on its side, with a tag that said so
