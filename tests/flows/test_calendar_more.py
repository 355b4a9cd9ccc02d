"""Beside the calendar's days: named views and their addresses, days to know, free slots, the page of one day, its cost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import icalendar
import pytest
from django.core.cache import cache
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from core.models import Worker
from libraries.models import Branch, Library, Membership, Role
from planner import actions, calendar_feed
from planner.models import AlmanacMark, FeedAddress, LocalDay, SavedView
from planner.month import Span
from planner.queries import days
from posts import actions as posts
from posts.models import OutsidePost, Post, PostingSlot
from tests import factories

pytestmark = pytest.mark.django_db
MOST = 12


@pytest.fixture
def library() -> Library:
    return factories.library()


def signed_in(client: Client, library: Library, role: Role) -> Any:
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def planned(library: Library, when: Any, body: str = "Story time moves") -> Post:
    actor = factories.actor(library, Role.STAFF)
    return posts.plan_post(actor=actor, post=factories.draft(actor, factories.account(library), body=body), when=when)


# --- named views


def test_a_view_keeps_filter_and_layers_and_nothing_else_of_an_address(client: Client, library: Library) -> None:
    signed_in(client, library, Role.STAFF)
    query = "month=2026-12&platform=facebook&almanac=off&evil=1&slots=on"
    answer = client.post("/calendar/views/", {"name": " Branch  week ", "page": "week", "query": query})
    view = SavedView.objects.get()
    assert (view.name, view.page, view.query) == ("Branch week", "week", "platform=facebook&almanac=off&slots=on")
    assert answer["Location"] == "/calendar/week/?platform=facebook&almanac=off&slots=on"
    assert 'aria-current="true">' in text(client, answer["Location"])


def test_own_views_are_nobody_elses_and_shared_ones_everybodys(client: Client, library: Library) -> None:
    staff, manager = factories.actor(library, Role.STAFF), factories.actor(library, Role.MANAGER)
    actions.save_view(actor=staff, name="Mine alone", page="month", query="", shared=False)
    actions.save_view(actor=staff, name="Ours", page="month", query="", shared=True)
    signed_in(client, library, Role.MANAGER)
    page = text(client, "/calendar/")
    assert "Ours" in page
    assert "Mine alone" not in page
    with pytest.raises(actions.Refused):
        actions.remove_view(actor=manager, view=SavedView.objects.get(name="Mine alone"))
    assert AuditEntry.objects.filter(action="planner.view.saved").count() == 2


def test_a_view_without_a_name_says_so_and_keeps_nothing(client: Client, library: Library) -> None:
    signed_in(client, library, Role.STAFF)
    answer = client.post("/calendar/views/", {"name": " ", "page": "week"})
    assert answer.status_code == 422
    assert "Give the view a name." in answer.content.decode()
    assert not SavedView.objects.exists()


def test_a_viewer_keeps_own_views_and_shares_none(client: Client, library: Library) -> None:
    signed_in(client, library, Role.VIEWER)
    assert client.post("/calendar/views/", {"name": "Mine", "page": "month"}).status_code == 302
    assert client.post("/calendar/views/", {"name": "All", "page": "month", "shared": "1"}).status_code == 403


# --- addresses for other calendars


def opened(library: Library, role: Role = Role.STAFF, query: str = "") -> tuple[SavedView, str]:
    actor = factories.actor(library, role)
    view = actions.save_view(actor=actor, name="Out", page="month", query=query, shared=True)
    return view, actions.make_address(actor=actor, view=view)


def read(client: Client, secret: str) -> Any:
    cache.clear()
    return client.get(f"/calendar/feed/{secret}.ics")


def test_a_secret_address_gives_names_states_and_times_in_the_librarys_zone(client: Client, library: Library) -> None:
    when = timezone.now().replace(microsecond=0, second=0) + timedelta(days=5)
    post = planned(library, when, body="Story time moves\nand this stays inside")
    _view, secret = opened(library)
    answer = read(client, secret)
    calendar = icalendar.Calendar.from_ical(answer.content)
    (event,) = calendar.walk("VEVENT")
    assert str(event["SUMMARY"]) == "Story time moves (Draft)"
    assert event["DTSTART"].dt == when
    assert event["DTSTART"].params["TZID"] == library.tz
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == [library.tz]
    assert str(event["UID"]) == f"post-{post.pk}@library-social"
    assert b"stays inside" not in answer.content
    assert answer["Content-Type"].startswith("text/calendar")
    assert FeedAddress.objects.get().read_at is not None


def test_the_filter_of_the_view_holds_at_its_address(client: Client, library: Library) -> None:
    planned(library, timezone.now() + timedelta(days=5))
    _view, secret = opened(library, query="state=sent")
    assert b"VEVENT" not in read(client, secret).content


def test_a_new_address_ends_the_old_one_and_a_closed_one_is_not_there(client: Client, library: Library) -> None:
    view, first = opened(library)
    staff = factories.actor(library, Role.STAFF)
    second = actions.make_address(actor=staff, view=view)
    assert read(client, first).status_code == 404
    assert read(client, second).status_code == 200
    actions.revoke_address(actor=staff, view=view)
    assert read(client, second).content == read(client, "never-was-one").content
    assert first not in str(list(FeedAddress.objects.values()))


def test_an_address_ends_when_the_person_who_opened_it_leaves(client: Client, library: Library) -> None:
    _view, secret = opened(library)
    Membership.objects.filter(library=library, role=Role.STAFF).update(is_active=False)
    assert read(client, secret).status_code == 404


def test_who_reads_too_often_is_told_to_wait(client: Client, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    from planner import views_kept

    _view, secret = opened(library)
    monkeypatch.setattr(views_kept, "READS", 1)
    assert read(client, secret).status_code == 200
    again = client.get(f"/calendar/feed/{secret}.ics")
    assert (again.status_code, again["Retry-After"]) == (429, "3600")
    cache.clear()


def test_the_page_shows_a_new_address_once(client: Client, library: Library) -> None:
    signed_in(client, library, Role.STAFF)
    client.post("/calendar/views/", {"name": "Mine", "page": "month"})
    client.post(f"/calendar/views/{SavedView.objects.get().pk}/address/", {"act": "open"})
    assert "/calendar/feed/" in text(client, "/calendar/views/")
    assert "/calendar/feed/" not in text(client, "/calendar/views/")


def test_another_librarys_posts_are_in_no_calendar_of_ours(client: Client, library: Library) -> None:
    other = factories.library()
    planned(other, timezone.now() + timedelta(days=5), body="Not ours")
    _view, secret = opened(library)
    assert b"Not ours" not in read(client, secret).content


def test_what_is_written_in_a_name_stays_a_name(library: Library) -> None:
    planned(library, timezone.now() + timedelta(days=5), body="Ends; here, \\n BEGIN:VEVENT")
    view, _secret = opened(library)
    held = calendar_feed.written(factories.actor(library, Role.STAFF), view, timezone.now(), "https://l.example")
    (event,) = icalendar.Calendar.from_ical(held).walk("VEVENT")
    assert str(event["SUMMARY"]).startswith("Ends; here, \\n BEGIN:VEVENT")


# --- days to know


def test_a_day_to_know_stands_on_the_calendar_and_leads_to_a_draft_about_it(client: Client, library: Library) -> None:
    signed_in(client, library, Role.STAFF)
    year = timezone.now().year + 1
    assert "Earth Day" in text(client, f"/calendar/?month={year}-04")
    assert "Earth Day" not in text(client, f"/calendar/?month={year}-04&almanac=off")
    assert "Write a post about it" in text(client, f"/calendar/almanac/earth-day/?on={year}-04-22")
    client.post("/calendar/begin/", {"title": "Earth Day", "on": f"{year}-04-22"})
    post = Post.objects.get()
    assert (post.title, post.planned_for.astimezone(library.zone).date()) == ("Earth Day", date(year, 4, 22))


def test_what_another_country_keeps_is_left_out_until_an_admin_shows_it(client: Client, library: Library) -> None:
    admin = signed_in(client, library, Role.ADMIN)
    assert library.tz == "America/Toronto"
    page = text(client, "/calendar/?month=2027-06")
    assert "World Refugee Day" in page
    assert "Juneteenth" not in page
    actions.mark_row(actor=admin, key="juneteenth", hidden=False, care=True, note="Ask Ada first.")
    assert "Juneteenth" in text(client, "/calendar/?month=2027-06")
    assert "Ask Ada first." in text(client, "/calendar/almanac/juneteenth/?on=2027-06-19")
    client.post("/calendar/almanac/", {"key": "refugee-day"})
    assert AlmanacMark.objects.get(key="refugee-day").hidden
    assert "World Refugee Day" not in text(client, "/calendar/?month=2027-06")


def test_a_day_that_needs_care_says_so_wherever_it_stands(client: Client, library: Library) -> None:
    signed_in(client, library, Role.VIEWER)
    assert 'aria-label="Needs care"' in text(client, "/calendar/?month=2027-01")
    assert "no jokes" in text(client, "/calendar/almanac/holocaust-day/?on=2027-01-27")


def test_a_local_day_comes_back_each_year_from_its_first_on(client: Client, library: Library) -> None:
    signed_in(client, library, Role.ADMIN)
    said = {"name": "Town fair", "on": "2024-02-29", "days": "2", "yearly": "on"}
    assert client.post("/calendar/almanac/", said).status_code == 302
    assert "Town fair" in text(client, "/calendar/?month=2027-02")
    assert "Town fair" not in text(client, "/calendar/?month=2023-02")
    assert client.post("/calendar/almanac/", {**said, "name": ""}).status_code == 422
    client.post(f"/calendar/local-day/{LocalDay.objects.get().pk}/remove/")
    assert 'title="Town fair"' not in text(client, "/calendar/?month=2027-02")


def test_staff_read_the_almanac_and_change_nothing_of_it(client: Client, library: Library) -> None:
    signed_in(client, library, Role.STAFF)
    assert client.get("/calendar/almanac/").status_code == 200
    assert client.post("/calendar/almanac/", {"key": "earth-day"}).status_code == 403


# --- free slots


def test_a_free_slot_leads_to_a_draft_for_its_account_and_time(client: Client, library: Library) -> None:
    signed_in(client, library, Role.STAFF)
    account = factories.account(library)
    there = timezone.now().astimezone(library.zone) + timedelta(days=2)
    PostingSlot.objects.create(
        library=library,
        account=account,
        weekday=there.weekday(),
        at=there.time().replace(second=0, microsecond=0),
        tz=library.tz,
    )
    address = f"/calendar/day/?day={there:%Y-%m-%d}"
    week = f"/calendar/week/?day={there:%Y-%m-%d}&slots=on"
    assert "/calendar/begin/" in text(client, week)
    assert "/calendar/begin/" not in text(client, address)
    client.post(
        "/calendar/begin/",
        {"title": "In time", "account": account.pk, "at": there.replace(second=0, microsecond=0).isoformat()},
    )
    post = Post.objects.get()
    assert post.working_copy.content["accounts"] == [account.pk]
    assert post.planned_for == there.replace(second=0, microsecond=0)


# --- what was posted by hand


def test_what_was_posted_by_hand_stands_on_its_day_told_apart_and_in_no_filter_of_ours(client: Client, library: Library) -> None:
    signed_in(client, library, Role.VIEWER)
    account, at = factories.account(library), timezone.now() - timedelta(minutes=5)
    OutsidePost.objects.create(
        library=library, realm="practice", account=account, platform="facebook", remote_id="1", text="Snow day", at=at,
        url="https://www.facebook.com/1",
    )  # fmt: skip
    local = at.astimezone(library.zone)
    for view in ("?", f"week/?day={local:%Y-%m-%d}", f"agenda/?month={local:%Y-%m}", f"day/?day={local:%Y-%m-%d}"):
        page = text(client, f"/calendar/{view}")
        assert "Snow day" in page, view
        assert "made by hand on Facebook" in page
    assert "Snow day" not in text(client, "/calendar/?platform=twitter")
    assert "Snow day" not in text(client, "/calendar/?state=draft")


# --- what it costs


def many(library: Library, n: int) -> None:
    branch = Branch.objects.get(library=library)
    for hour in range(n):
        when = timezone.now() + timedelta(days=1, hours=hour)
        factories.event(library, f"Event {hour}", starts_in=timedelta(days=1, hours=hour), branch=branch)
        planned(library, when, body=f"Number {hour}")
    factories.scheduled(
        library, *Post.objects.first().library.accounts.all()[:1], when=timezone.now() + timedelta(days=2)
    )


@pytest.mark.parametrize("address", ["/calendar/", "/calendar/?platform=facebook", "/calendar/week/", "/calendar/agenda/", "/posts/"])
def test_a_page_asks_the_same_few_questions_however_much_it_shows(
    address: str, client: Client, library: Library, django_assert_max_num_queries: Any
) -> None:
    signed_in(client, library, Role.MANAGER)
    Worker.objects.create(name="heard just now")
    many(library, 3)
    with django_assert_max_num_queries(MOST) as few:
        client.get(address)
    many(library, 9)
    with django_assert_max_num_queries(MOST) as more:
        client.get(address)
    assert len(more) == len(few)


def test_a_day_tells_how_many_there_are_and_names_the_first(library: Library) -> None:
    actor = factories.actor(library, Role.MANAGER)
    there = (timezone.now().astimezone(library.zone) + timedelta(days=3)).replace(
        hour=8, minute=0, second=0, microsecond=0
    )
    for hour in range(5):
        planned(library, there + timedelta(hours=hour), body=f"Number {hour}")
    (day,) = days(actor, Span(there.date(), there.date()), {}, timezone.now(), most=3)
    assert [entry.words for entry in day.entries] == ["Number 0", "Number 1", "Number 2"]
    assert day.n_entries == 5


def pages(client: Client, address: str) -> list[list[Model]]:
    """The rows of each page of the list, from the newest to the last by its own links."""
    found, path = [], address
    while path:
        shown = client.get(path).context["page"]
        found.append(list(shown))
        path = f"{address}?after={shown.older.replace('+', '%2B')}" if shown.older else ""
    return found


def test_the_list_is_paged_to_its_last_row_and_back(
    client: Client, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from posts.views import listing

    monkeypatch.setattr(listing, "A_PAGE", 3)
    signed_in(client, library, Role.STAFF)
    made = [planned(library, timezone.now() + timedelta(days=n + 1)).pk for n in range(8)]
    Post.objects.update(updated_at=timezone.now())  # all of one instant: the id decides
    rows = [[post.pk for post in page] for page in pages(client, "/posts/")]
    assert rows == [made[:-4:-1], made[4:1:-1], made[1::-1]]
    last = client.get("/posts/?end=1").context["page"]
    assert [post.pk for post in last] == made[2::-1]
    newer = client.get(f"/posts/?before={last.newer.replace('+', '%2B')}").context["page"]
    assert [post.pk for post in newer] == made[5:2:-1]
    assert client.get("/posts/?after=nonsense").status_code == 200


def test_the_agenda_goes_on_to_its_last_row(client: Client, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    from planner import views

    monkeypatch.setattr(views, "A_PAGE", 2)
    signed_in(client, library, Role.STAFF)
    first = (
        (timezone.now() + timedelta(days=40))
        .astimezone(library.zone)
        .replace(day=2, hour=9, minute=0, second=0, microsecond=0)
    )
    made = [planned(library, first + timedelta(hours=n)).pk for n in range(5)]
    address, seen = f"/calendar/agenda/?month={first:%Y-%m}", []
    while address:
        context = client.get(address).context
        seen += [entry.post.pk for day in context["days"] for entry in day.entries]
        address = "/calendar/agenda/" + context["later"] if context["later"] else ""
    assert seen == made
