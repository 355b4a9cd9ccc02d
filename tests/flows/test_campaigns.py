"""Campaigns: made, filled, planned, copied over a change of the clocks, reported, put away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from libraries.models import Role
from libraries.permissions import Refused
from posts import actions, campaign_plan
from posts.models import Campaign, Delivery, Event, Post, TrackedLink
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)  # Toronto's clocks go back on 1 November 2026, forward on 14 March 2027


@pytest.fixture(autouse=True)
def october() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def staff() -> Any:
    return factories.actor(factories.library(tz="America/Toronto"), Role.STAFF)


@pytest.fixture
def summer(staff: Any) -> Campaign:
    return actions.save_campaign(
        actor=staff, name="Summer reading", starts_on=date(2026, 10, 26), ends_on=date(2026, 11, 15), colour="ask"
    )


def draft(staff: Any, campaign: Campaign | None, when: datetime | None, body: str = "Read with us") -> Post:
    post = factories.draft(staff, factories.account(staff.library), body=body)
    Post.objects.filter(pk=post.pk).update(planned_for=when, planned_tz="America/Toronto")
    return actions.put_post(actor=staff, post=post, campaign=campaign)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_a_person_makes_a_campaign_and_sees_its_plan(staff: Any, client: Client) -> None:
    client.force_login(staff.user)
    typed = {"name": "Exam weeks", "goal": "Fewer tears", "starts_on": "2026-12-01", "ends_on": "2026-12-14", "colour": "wait"}
    page = client.post(reverse("posts:campaign_new"), typed, follow=True).content.decode()
    assert "Exam weeks" in page
    assert "Fewer tears" in page
    assert "It has no posts yet" not in page  # two weeks without a word are told instead
    assert page.count("Nothing is said in the week of") >= 2
    assert "Exam weeks" in client.get(reverse("posts:campaigns")).content.decode()


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(staff: Any, client: Client) -> None:
    client.force_login(staff.user)
    typed = {"name": "Exam weeks", "starts_on": "2026-12-14", "ends_on": "2026-12-01", "colour": "pink"}
    page = client.post(reverse("posts:campaign_new"), typed)
    assert page.status_code == 422
    assert "Exam weeks" in page.content.decode()
    assert client.post(reverse("posts:campaign_new"), {**typed, "colour": "bad"}).status_code == 422
    assert not Campaign.objects.exists()


def test_two_campaigns_of_one_name_get_short_names_of_their_own(staff: Any) -> None:
    names = [actions.save_campaign(actor=staff, name=name).slug for name in ("Книги", "Summer!", "Summer?", "  Summer ")]
    assert names == ["campaign", "summer", "summer-2", "summer-3"]


def test_the_plan_names_what_is_missing(staff: Any, summer: Campaign) -> None:
    late = draft(staff, summer, NOW - timedelta(hours=1))
    draft(staff, summer, at(10, 27, 14), body="")
    event = factories.event(staff.library, "Author talk", timedelta(days=10))
    actions.put_event(actor=staff, event=event, campaign=summer)
    plan = campaign_plan.plan(staff, summer, NOW)
    said = [one.text for one in plan.missing]
    assert f"“{late}” is past its time and was not approved." in said
    assert any("has no words yet" in text for text in said)
    assert any("has no picture" in text for text in said)
    assert "No post tells of “Author talk”." in said
    assert [one.on for one in plan.missing if one.on] == [date(2026, 11, 2), date(2026, 11, 9)]


def test_a_copy_keeps_wall_times_over_the_change_of_clocks(staff: Any, summer: Campaign) -> None:
    draft(staff, summer, at(10, 28, 13))                                 # nine o'clock, summer time
    draft(staff, summer, at(11, 4, 14))                                  # nine o'clock, winter time
    draft(staff, summer, at(10, 30, 6, 30))                              # half past two, in a night that has it
    draft(staff, summer, None)
    made = actions.copy_campaign(actor=staff, campaign=summer, name="Spring", starts_on=date(2027, 3, 10))
    told = [post.planned_for.astimezone(post.zone).strftime("%m-%d %H:%M") for post in made.posts.order_by("planned_for") if post.planned_for]
    assert told == ["03-12 09:00", "03-14 03:30", "03-19 09:00"]         # 02:30 does not exist on 14 March
    assert (made.starts_on, made.ends_on) == (date(2027, 3, 10), date(2027, 3, 30))
    assert {post.state for post in made.posts.all()} == {"draft"}
    assert made.posts.count() == 4


def test_a_copy_is_shown_first_and_all_or_nothing(staff: Any, summer: Campaign, client: Client, monkeypatch: Any) -> None:
    for _n in range(3):
        draft(staff, summer, at(10, 28, 13))
    client.force_login(staff.user)
    address, typed = reverse("posts:campaign_copy", args=[summer.pk]), {"name": "Again", "starts_on": "2027-10-25"}
    assert "Make 3 drafts" in client.post(address, {**typed, "act": "look"}).content.decode()
    assert Post.objects.count() == 3
    past = client.post(address, {**typed, "starts_on": "2026-01-05", "act": "copy"})
    assert past.status_code == 422
    assert "in the past" in past.content.decode()
    real, calls = actions.campaigns.create_post, []

    def breaks(**given: Any) -> Post:
        calls.append(given)
        if len(calls) == 3:
            raise Refused("full", "No room")
        return real(**given)

    monkeypatch.setattr(actions.campaigns, "create_post", breaks)
    assert client.post(address, {**typed, "act": "copy"}).status_code == 422
    assert (Post.objects.count(), Campaign.objects.count()) == (3, 1)


def test_a_closed_campaign_takes_nothing_new_and_one_in_use_is_not_deleted(staff: Any, summer: Campaign) -> None:
    manager = factories.actor(staff.library, Role.MANAGER)
    draft(staff, summer, None)
    with pytest.raises(Refused, match="belong to it"):
        actions.delete_campaign(actor=manager, campaign=summer)
    actions.close_campaign(actor=staff, campaign=summer)
    with pytest.raises(Refused, match="closed"):
        draft(staff, Campaign.objects.get(), None)
    actions.reopen_campaign(actor=staff, campaign=summer)
    empty = actions.save_campaign(actor=staff, name="Empty")
    with pytest.raises(PermissionDenied):
        actions.delete_campaign(actor=staff, campaign=empty)
    actions.delete_campaign(actor=manager, campaign=empty)
    assert Campaign.objects.count() == 1


def test_what_was_handed_in_changes_its_campaign_only_by_who_may_approve(staff: Any, summer: Campaign) -> None:
    manager = factories.actor(staff.library, Role.MANAGER)
    post = factories.approved(staff, manager, factories.account(staff.library))
    with pytest.raises(PermissionDenied):
        actions.put_post(actor=staff, post=post, campaign=summer)
    assert actions.put_post(actor=manager, post=post, campaign=summer).campaign == summer


def test_the_composer_asks_for_the_campaign_and_keeps_it(staff: Any, summer: Campaign, client: Client) -> None:
    client.force_login(staff.user)
    page = client.get(reverse("posts:new") + f"?campaign={summer.pk}").content.decode()
    assert f'<option value="{summer.pk}" selected>' in page
    client.post(reverse("posts:new"), {"body": "Hello", "campaign": summer.pk, "act": "save", "when": "now"})
    post = Post.objects.get()
    assert post.campaign == summer
    typed = {"body": "Hello", "campaign": "", "version": post.working_copy.version, "act": "save", "when": "now"}
    client.post(reverse("posts:edit", args=[post.pk]), typed)
    assert Post.objects.get().campaign is None


def test_the_report_counts_what_was_sent_and_its_visits(staff: Any, summer: Campaign, client: Client) -> None:
    delivery = factories.scheduled(staff.library, factories.account(staff.library))[0]
    Post.objects.filter(pk=delivery.post_id).update(campaign=summer)
    Event.objects.filter(pk=factories.event(staff.library).pk).update(campaign=summer)
    TrackedLink.objects.filter(delivery=delivery).update(visits=7)
    report = campaign_plan.report(staff, summer)
    assert [(row["platform"], row["sent"], row["waiting"]) for row in report.networks] == [("facebook", 0, 1)]
    assert Delivery.objects.filter(post__campaign=summer).count() == 1
    client.force_login(staff.user)
    page = client.get(reverse("posts:campaign", args=[summer.pk])).content.decode()
    assert "Story time" in page
    assert "Still to come" in page


def test_another_librarys_campaign_is_not_there(summer: Campaign, client: Client) -> None:
    client.force_login(factories.actor(factories.library("Other"), Role.ADMIN).user)
    for name in ("campaign", "campaign_edit", "campaign_copy"):
        assert client.get(reverse(f"posts:{name}", args=[summer.pk])).status_code == 404
