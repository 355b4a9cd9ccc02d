"""Pictures: adding many, describing, withdrawing, and the addresses at which they are fetched."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from libraries.models import Role
from media_library import renditions
from media_library.models import Asset
from platforms.base import ImageSpec
from tests import factories

pytestmark = pytest.mark.django_db
SPEC = ImageSpec(("JPEG",), 1_000_000, 0.8, 1.91, 320, 1080, 2_000_000)
JSON = {"Accept": "application/json"}


@pytest.fixture
def library() -> Any:
    return factories.library()


def signed_in(client: Client, library: Any, role: Role) -> Any:
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def file(name: str = "garden.jpg", data: bytes = b"", colour: str = "teal") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data or factories.picture_bytes(colour=colour), "image/jpeg")


def test_many_pictures_are_added_at_once(client: Client, library: Any) -> None:
    signed_in(client, library, Role.CONTRIBUTOR)
    answer = client.post(reverse("media_library:upload"), {"files": [file("a.jpg"), file("b.jpg", colour="red")]})
    assert answer.status_code == 302
    assert sorted(Asset.objects.values_list("name", flat=True)) == ["a.jpg", "b.jpg"]


def test_a_script_hears_of_each_picture(client: Client, library: Any) -> None:
    signed_in(client, library, Role.STAFF)
    said = client.post(reverse("media_library:upload"), {"files": [file()]}, headers=JSON).json()
    asset = Asset.objects.get()
    assert said["added"][0]["id"] == asset.pk
    assert client.get(said["added"][0]["thumb"])["Content-Type"] == "image/jpeg"


def test_what_is_refused_is_said_in_words_and_the_rest_is_kept(client: Client, library: Any) -> None:
    signed_in(client, library, Role.STAFF)
    bad = file("photo.png", b"<!doctype html><html></html>")
    page = client.post(
        reverse("media_library:upload"), {"files": [file(), bad, file("cut.jpg", factories.picture_bytes()[:-400])]}
    )
    assert page.status_code == 422
    text = page.content.decode()
    assert "holds a web page, not a picture" in text
    assert "breaks off before its end" in text
    assert Asset.objects.get().name == "garden.jpg"


def test_a_file_over_the_limit_is_refused_before_it_is_read(client: Client, library: Any) -> None:
    signed_in(client, library, Role.STAFF)
    huge = SimpleUploadedFile("huge.jpg", bytes(41 * 1024 * 1024), "image/jpeg")
    page = client.post(reverse("media_library:upload"), {"files": huge})
    assert page.status_code == 422
    assert "This file has 41 MB; we take pictures up to 40 MB." in page.content.decode()


def test_nothing_chosen_is_said(client: Client, library: Any) -> None:
    signed_in(client, library, Role.STAFF)
    page = client.post(reverse("media_library:upload"), {})
    assert page.status_code == 422
    assert "Choose at least one picture." in page.content.decode()


def test_a_viewer_sees_pictures_and_adds_none(client: Client, library: Any) -> None:
    asset = factories.asset(library)
    signed_in(client, library, Role.VIEWER)
    page = client.get(reverse("media_library:library")).content.decode()
    assert asset.name in page
    assert "data-upload" not in page
    assert client.post(reverse("media_library:upload"), {"files": [file()]}).status_code == 403
    assert client.post(reverse("media_library:picture", args=[asset.pk]), {"alt_text": "x"}).status_code == 403


def test_pictures_of_another_library_are_not_there(client: Client, library: Any) -> None:
    signed_in(client, library, Role.ADMIN)
    theirs = factories.asset(factories.library("Elsewhere"))
    for name in ("picture", "thumb"):
        assert client.get(reverse(f"media_library:{name}", args=[theirs.pk])).status_code == 404
    assert client.post(reverse("media_library:withdraw", args=[theirs.pk]), {"reason": "x"}).status_code == 404
    assert theirs.name not in client.get(reverse("media_library:library")).content.decode()


def test_a_description_is_kept_and_found_by_its_words(client: Client, library: Any) -> None:
    asset, other = factories.asset(library), factories.asset(library)
    signed_in(client, library, Role.STAFF)
    client.post(reverse("media_library:picture", args=[asset.pk]), {"alt_text": "A heron on the pond"})
    asset.refresh_from_db()
    assert asset.alt_text == "A heron on the pond"
    page = client.get(reverse("media_library:library"), {"q": "heron"}).content.decode()
    assert asset.name in page
    assert other.name not in page
    bare = client.get(reverse("media_library:library"), {"show": "undescribed"}).content.decode()
    assert other.name in bare
    assert asset.name not in bare


def test_where_a_picture_was_used_is_listed(client: Client, library: Any) -> None:
    asset = factories.asset(library)
    delivery = factories.scheduled(library, factories.account(library), pictures=(asset,), body="Bookmobile stops")[0]
    signed_in(client, library, Role.VIEWER)
    page = client.get(reverse("media_library:picture", args=[asset.pk])).content.decode()
    assert f'href="{reverse("posts:post", args=[delivery.post_id])}"' in page
    assert "Bookmobile stops" in page


def test_only_managers_withdraw_and_they_say_why(client: Client, library: Any) -> None:
    asset = factories.asset(library)
    address = reverse("media_library:withdraw", args=[asset.pk])
    signed_in(client, library, Role.STAFF)
    assert client.post(address, {"reason": "Consent ended"}).status_code == 403
    signed_in(client, library, Role.MANAGER)
    page = client.post(address, {"reason": " "})
    assert page.status_code == 422
    assert "Say why, so that colleagues understand." in page.content.decode()
    client.post(address, {"reason": "Consent ended"})
    asset.refresh_from_db()
    assert asset.withdrawn_at
    page = client.get(reverse("media_library:picture", args=[asset.pk])).content.decode()
    assert "Consent ended" in page
    assert asset.name not in client.get(reverse("media_library:library")).content.decode()


def test_a_thumb_has_the_shape_that_a_network_gives_it(client: Client, library: Any) -> None:
    wide, tall = factories.asset(library, 1200, 300), factories.asset(library, 600, 900)
    signed_in(client, library, Role.VIEWER)

    def shape(asset: Asset, **query: Any) -> float:
        answer = client.get(reverse("media_library:thumb", args=[asset.pk]), query)
        picture = Image.open(io.BytesIO(answer.content))
        return round(picture.width / picture.height, 2)

    assert shape(wide) == 4.0
    assert shape(wide, **{"as": "instagram"}) == 1.91
    assert shape(tall, **{"as": "instagram"}) == 0.8
    assert shape(tall, **{"as": "instagram", "first": wide.pk}) == 1.91
    assert client.get(reverse("media_library:thumb", args=[tall.pk]), {"as": "nowhere"}).status_code == 404


def test_a_thumb_is_not_sent_twice(client: Client, library: Any) -> None:
    signed_in(client, library, Role.VIEWER)
    address = reverse("media_library:thumb", args=[factories.asset(library).pk])
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_a_network_fetches_the_very_bytes_without_signing_in(client: Client, library: Any) -> None:
    made = renditions.rendition_for(factories.asset(library, 800, 800), SPEC)
    address = renditions.public_url(made).removeprefix("http://testserver")
    answer = client.get(address)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer.content == renditions.read(made)
    assert client.head(address).status_code == 200


def test_a_false_or_old_address_gives_nothing(client: Client, library: Any) -> None:
    made = renditions.rendition_for(factories.asset(library, 800, 800), SPEC)
    address = renditions.public_url(made).removeprefix("http://testserver")
    assert client.get(f"/m/{made.pk}.jpg").status_code == 404
    assert client.get(address[:-5] + "x.jpg").status_code == 404
    assert client.get(address.replace(".jpg", ".png")).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        assert client.get(address).status_code == 404
