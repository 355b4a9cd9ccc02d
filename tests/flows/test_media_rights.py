"""Whose picture it is and who is in it: what that blocks, holds and lists, and what is deleted and made beforehand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import Worker
from libraries.models import Notice, Role
from libraries.permissions import Refused
from media_library import actions as media
from media_library import keeping, rights
from media_library.models import Asset, Rendition
from posts import diffing
from posts.actions import check_copy, recall_post
from posts.models import Delivery, Hold
from scheduler import preparing_pictures, rechecking
from scheduler import rights as watching
from tests import factories

pytestmark = pytest.mark.django_db
YESTERDAY = (timezone.now() - timedelta(days=2)).date()


@pytest.fixture(autouse=True)
def public(settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:9"


@pytest.fixture
def library() -> Any:
    return factories.library()


@pytest.fixture
def asset(library: Any) -> Asset:
    return factories.asset(library, alt_text="A card")


@pytest.fixture
def staff(library: Any) -> Any:
    return factories.actor(library, Role.STAFF)


@pytest.fixture
def manager(library: Any) -> Any:
    return factories.actor(library, Role.MANAGER)


def _scheduled(staff: Any, manager: Any, asset: Asset, platform: str = "facebook") -> Delivery:
    post = factories.draft(staff, factories.account(asset.library, platform), pictures=(asset,))
    revision = factories.actions.submit_post(actor=staff, post=post, planned_for=None)
    factories.actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    return factories.actions.schedule_post(actor=manager, post=post, when=timezone.now() + timedelta(hours=1))[0]


BARS = {
    "rights_unknown": {"licence": "unknown"},
    "credit_missing": {"licence": "cc_by"},
    "rights_unsaid": {"licence": "other"},
    "rights_expired": {"rights_until": YESTERDAY},
    "consent_missing": {"people": "some"},
    "picture_withdrawn": {"withdrawn_at": timezone.now(), "withdrawn_reason": "asked for"},
}


@pytest.mark.parametrize("code", BARS)
def test_missing_and_ended_rights_block_a_draft_and_stop_a_scheduled_post(
    code: str, asset: Asset, staff: Any, manager: Any
) -> None:
    delivery = _scheduled(staff, manager, asset)
    assert rechecking.deliveries_may_go([delivery]) == {delivery.pk: ""}
    assert watching.watch() == 0
    Asset.objects.filter(pk=asset.pk).update(**BARS[code])
    assert code in [one.code for one in check_copy(delivery.post) if one.blocking]
    assert rechecking.deliveries_may_go([delivery]) == {delivery.pk: "media"}
    assert watching.watch() == 1 and watching.watch() == 0
    hold = Hold.objects.get(delivery=delivery)
    assert hold.reason == "media" and asset.name in hold.detail
    assert asset in rights.barred(Asset.objects.all(), asset.library_id)


CONSENTS = {
    "consent_withdrawn": {"withdrawn_at": timezone.now()},
    "consent_expired": {"until": YESTERDAY},
    "consent_elsewhere": {"networks": ["instagram"]},
}


@pytest.mark.parametrize("code", CONSENTS)
def test_a_consent_that_ended_or_is_for_another_network_does_the_same(
    code: str, asset: Asset, staff: Any, manager: Any
) -> None:
    consent = media.record_consent(actor=staff, asset=asset, who="Pat")
    delivery = _scheduled(staff, manager, asset)
    assert rechecking.deliveries_may_go([delivery]) == {delivery.pk: ""}
    type(consent).objects.filter(pk=consent.pk).update(**CONSENTS[code])
    assert code in [one.code for one in check_copy(delivery.post) if one.blocking]
    assert rechecking.deliveries_may_go([delivery]) == {delivery.pk: "media"}
    assert watching.watch() == 1
    media.record_consent(actor=staff, asset=asset, who="Pat")  # the newer word of the same person counts
    assert rechecking.deliveries_may_go([delivery]) == {delivery.pk: ""}


def test_python_and_sql_say_the_same(asset: Asset, staff: Any, manager: Any) -> None:
    delivery = _scheduled(staff, manager, asset)
    for change in [{}, *BARS.values()]:
        with transaction.atomic():
            Asset.objects.filter(pk=asset.pk).update(**change)
            row = Asset.objects.select_related("library").get(pk=asset.pk)
            assert bool(rights.bars(row, "facebook")) is (rechecking.deliveries_may_go([delivery])[delivery.pk] == "media")
            transaction.set_rollback(True)


def test_what_is_up_is_listed_with_a_button_and_people_are_told(asset: Asset, staff: Any, manager: Any) -> None:
    consent = media.record_consent(actor=staff, asset=asset, who="Pat")
    delivery = _scheduled(staff, manager, asset)
    worker = Worker.objects.create(name="w")
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(minutes=5))
    [claimed] = Delivery.objects.claim(worker.pk)
    assert Delivery.objects.filter(pk=claimed.pk).update(state="sending")
    none = {"lease_token": None, "leased_by": None, "leased_until": None}
    Delivery.objects.filter(pk=claimed.pk).update(state="sent", remote_id="r1", sent_at=timezone.now(), **none)
    media.withdraw_consent(actor=staff, consent=consent)
    watching.watch()
    notice = Notice.objects.get(key=f"media:{asset.pk}", resolved_at=None)
    assert "1 post with it is up" in notice.title
    client = Client()
    client.force_login(manager.user)
    page = client.get(reverse("media_library:picture", args=[asset.pk])).content.decode()
    assert "Still up with this picture" in page and f"/posts/{delivery.post_id}/recall/" in page
    recall_post(actor=manager, post=delivery.post, reason="consent")
    watching.watch()
    assert not Notice.objects.filter(key=f"media:{asset.pk}", resolved_at=None).exists()


def test_a_minor_needs_a_guardian(asset: Asset, staff: Any) -> None:
    with pytest.raises(Refused):
        media.record_consent(actor=staff, asset=asset, who="Sam", minor=True)
    made = media.record_consent(actor=staff, asset=asset, who="Sam", minor=True, guardian="Sam’s mother")
    assert made.guardian == "Sam’s mother"


def test_what_is_in_use_is_not_deleted_and_says_where(asset: Asset, staff: Any, manager: Any) -> None:
    post = factories.draft(staff, factories.account(asset.library), pictures=(asset,), body="Story time")
    with pytest.raises(Refused) as no:
        media.delete_asset(actor=manager, asset=asset)
    assert "in the draft “Story time”" in no.value.text
    factories.actions.submit_post(actor=staff, post=post, planned_for=None)
    with pytest.raises(Refused) as no:
        media.delete_asset(actor=manager, asset=asset)
    assert "in 1 post that was submitted" in no.value.text


def test_a_deleted_picture_can_be_brought_back_for_a_day_and_then_its_files_are_gone(asset: Asset, manager: Any) -> None:
    factories.account(asset.library)
    preparing_pictures.prepare()
    storage, names = asset.file.storage, [asset.file.name, *(row.file.name for row in asset.renditions.all())]
    assert len(names) == 4
    media.delete_asset(actor=manager, asset=asset)
    assert keeping.purge(asset.library) == 0
    media.restore_asset(actor=manager, asset=asset)
    media.delete_asset(actor=manager, asset=asset)
    Asset.objects.filter(pk=asset.pk).update(deleted_at=timezone.now() - timedelta(days=2))
    assert preparing_pictures.purge() == 1
    assert not Asset.objects.filter(pk=asset.pk).exists() and not Rendition.objects.exists()
    assert not [name for name in names if storage.exists(name)]


def test_adding_a_deleted_picture_again_brings_it_back(library: Any, manager: Any) -> None:
    data = factories.picture_bytes()
    made = media.add_asset(actor=manager, data=data, name="card.jpg")
    media.delete_asset(actor=manager, asset=made)
    again = media.add_asset(actor=manager, data=data, name="other.jpg")
    assert again.pk == made.pk and again.known and again.deleted_at is None


def test_renditions_are_made_beforehand_and_shown(asset: Asset, staff: Any) -> None:
    factories.account(asset.library, "instagram")
    client = Client()
    client.force_login(staff.user)
    address = reverse("media_library:picture", args=[asset.pk])
    assert "Being made" in client.get(address).content.decode()
    assert preparing_pictures.prepare() >= 1
    page = client.get(address).content.decode()
    assert "Ready" in page and "640 × 480 pixels" in page


def test_pictures_are_found_by_words_tags_and_use(library: Any, staff: Any, manager: Any, asset: Asset) -> None:
    media.tag_asset(actor=staff, asset=asset, tags=["story time", "garden"])
    other = factories.asset(library, alt_text="A bus", credit="Photo: Ana Reyes")
    delivery = _scheduled(staff, manager, asset)
    client = Client()
    client.force_login(staff.user)
    for query, found in {
        "q=garden": {asset.pk}, "q=reyes": {other.pk}, "q=bus+ana": {other.pk}, "q=card+garden": {asset.pk},
        "tag=story+time": {asset.pk}, "show=used": {asset.pk}, "show=unused": {other.pk},
        f"post={delivery.post_id}": {asset.pk}, "q=nothing": set(),
    }.items():  # fmt: skip
        page = client.get(f"{reverse('media_library:library')}?{query}").context["page"]
        assert {one.pk for one in page} == found, query


def test_many_are_tagged_and_deleted_at_once_and_the_deletion_is_undone(library: Any, manager: Any) -> None:
    rows = [factories.asset(library) for _ in range(3)]
    client = Client()
    client.force_login(manager.user)
    many, ids = reverse("media_library:many"), [row.pk for row in rows]
    client.post(many, {"act": "tag", "tags": "Summer, #Garden ", "chosen": ids})
    assert Asset.objects.get(pk=ids[0]).tags == ["summer", "garden"]
    answer = client.post(many, {"act": "delete", "chosen": ids}, follow=True)
    assert "3 pictures are deleted" in answer.content.decode()
    assert Asset.objects.exclude(deleted_at=None).count() == 3
    client.post(many, {"act": "restore", "chosen": ids})
    assert not Asset.objects.exclude(deleted_at=None).exists()


def test_a_crop_of_one_network_is_frozen_with_the_version_and_covered_by_its_digest(
    library: Any, staff: Any, manager: Any, asset: Asset
) -> None:
    delivery = _scheduled(staff, manager, asset)
    before = delivery.revision.digest
    post = delivery.post
    content = post.working_copy.content
    content["media"][0]["crop"] = {"": [0, 0, 0.5, 0.5], "facebook": [0.25, 0.25, 0.5, 0.75]}
    factories.actions.save_copy(actor=staff, post=post, content=content, version=post.working_copy.version)
    revision = factories.actions.submit_post(actor=staff, post=post, planned_for=None)
    assert revision.digest != before and revision.media.get().crop["facebook"] == [0.25, 0.25, 0.5, 0.75]
    factories.actions.review_post(actor=manager, post=post, revision=revision, verdict="approve")
    [frozen] = factories.actions.schedule_post(actor=manager, post=post)
    frozen.refresh_from_db()
    assert (frozen.payload["media"][0]["width"], frozen.payload["media"][0]["height"]) == (320, 360)


def test_a_reviewer_is_shown_that_a_crop_changed(staff: Any, manager: Any, asset: Asset) -> None:
    delivery = _scheduled(staff, manager, asset)
    post, before = delivery.post, delivery.revision
    content = post.working_copy.content
    content["media"][0]["crop"] = {"instagram": [0.25, 0, 0.75, 1]}
    factories.actions.save_copy(actor=staff, post=post, content=content, version=post.working_copy.version)
    after = factories.actions.submit_post(actor=staff, post=post, planned_for=None)
    [change] = diffing.changes(before, after)
    assert "[Instagram: 1:1, from the left 25 %, from the top 0 %]" in "".join(piece.text for piece in change.pieces)
