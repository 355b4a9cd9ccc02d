"""Events and where they come from: looking before importing, what changes later, what is off, who may."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.models import AuditEntry
from core import remote
from libraries.models import Branch, Role
from library_social.practice.events import events_ics
from posts.models import Delivery, Event
from programs import actions
from programs.models import Feed, Preview
from tests import factories

pytestmark = pytest.mark.django_db
TORONTO = ZoneInfo("America/Toronto")
DATA = Path(__file__).resolve().parents[1] / "data"
ADDRESS = "https://calendar.example.org/all.ics"


@pytest.fixture
def library():
    made = factories.library()
    Branch.objects.create(library=made, name="Harbour", slug="harbour", aliases=["Harbour Branch"])
    return made


def as_role(client, library, role=Role.STAFF):
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def practice() -> bytes:
    return events_ics(timezone.now().astimezone(TORONTO).date(), TORONTO)


def calendar(*events: tuple[str, str], days: int = 3) -> bytes:
    """One VEVENT for each (uid, title), a few days ahead."""
    start = timezone.now().astimezone(UTC).replace(hour=15, minute=0) + timedelta(days=days)
    blocks = [
        f"BEGIN:VEVENT\nUID:{uid}\nDTSTART:{start:%Y%m%dT%H%M00Z}\nDTEND:{start + timedelta(hours=1):%Y%m%dT%H%M00Z}\nSUMMARY:{title}\nEND:VEVENT"
        for uid, title in events
    ]
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "X-WR-CALNAME:Ours", *blocks, "END:VCALENDAR", ""]).encode()


def upload(client, body: bytes, **more):
    return client.post("/events/import/", {"url": "", "file": SimpleUploadedFile("events.ics", body), **more})


@pytest.fixture
def served(monkeypatch):
    """What the address answers, by test; the door to the outside is the only thing that stands in."""
    answer = {"body": calendar(("1", "Seed swap")), "status": 200}

    def fetch(url, **_how):
        if isinstance(answer["body"], Exception):
            raise answer["body"]
        return remote.Fetched(status=answer["status"], headers={"Content-Type": "text/calendar"}, body=answer["body"], url=url)

    monkeypatch.setattr(remote, "fetch", fetch)
    return answer


def import_all(client, preview):
    """Press the button with every box ticked, as the page comes."""
    page = client.get(f"/events/import/{preview.pk}/")
    take = [row.key for row in page.context["look"].boxes if row.ticked]
    return client.post(f"/events/import/{preview.pk}/", {"take": take, "act": "import"}, follow=True)


# --- a file


def test_a_file_is_shown_event_by_event_before_anything_is_kept(client, library):
    as_role(client, library)
    answer = upload(client, practice())
    preview = Preview.objects.get()
    assert answer.url == f"/events/import/{preview.pk}/" and Event.objects.count() == 0
    page = client.get(answer.url).content.decode()
    assert "Events at Fernhollow Public Library" in page and "26 new" in page and page.count('name="take"') == 26
    assert "Repair Café" in page and "It lasts 13 hours" in page and "until 27" not in page.split("Story Time")[0]


def test_what_was_ticked_is_imported_and_the_page_says_what_became_of_it(client, library):
    as_role(client, library)
    upload(client, practice())
    page = import_all(client, Preview.objects.get()).content.decode()
    assert Event.objects.count() == 26 and not Preview.objects.exists()
    assert "Imported" in page and "26 events came from it" in page and "Author Evening: Salt on the Sill" in page
    assert Event.objects.filter(branch__name="Harbour").exists()
    assert AuditEntry.objects.filter(action="posts.event.imported").count() == 26


def test_what_was_not_ticked_stays_out_also_the_next_time(client, library):
    as_role(client, library)
    body = calendar(("1", "Seed swap"), ("2", "Staff only"))
    upload(client, body)
    client.post(f"/events/import/{Preview.objects.get().pk}/", {"take": ["1|"], "act": "import"})
    assert [e.title for e in Event.objects.all()] == ["Seed swap"]
    upload(client, body)
    page = client.get(f"/events/import/{Preview.objects.get().pk}/").content.decode()
    assert "1 new" in page and page.count("checked") == 0
    import_all(client, Preview.objects.get())
    assert Event.objects.count() == 1
    upload(client, body)
    client.post(f"/events/import/{Preview.objects.get().pk}/", {"take": ["2|"], "act": "import"})
    assert Event.objects.count() == 2 and Feed.objects.get().left_out == []


def test_the_same_file_again_changes_nothing(client, library):
    as_role(client, library)
    upload(client, practice())
    import_all(client, Preview.objects.get())
    upload(client, practice())
    page = client.get(f"/events/import/{Preview.objects.get().pk}/").content.decode()
    assert "26 as before" in page and "Bring it up to date" in page and 'name="take"' not in page
    import_all(client, Preview.objects.get())
    assert Event.objects.count() == 26 and Feed.objects.count() == 1


def test_a_change_and_a_cancellation_are_marked_before_they_are_taken(client, library):
    as_role(client, library)
    upload(client, calendar(("1", "Seed swap"), ("2", "Repair café")))
    import_all(client, Preview.objects.get())
    [delivery] = factories.scheduled(
        library, factories.account(library, "twitter"), when=timezone.now() + timedelta(days=1),
        event=Event.objects.get(external_uid="2"),
    )  # fmt: skip
    upload(client, calendar(("1", "Seed swap and tea"), ("2", "Cancelled: Repair café")))
    page = client.get(f"/events/import/{Preview.objects.get().pk}/").content.decode()
    assert "1 changed" in page and "1 now off" in page
    delivery.refresh_from_db()
    assert delivery.hold == ""
    page = import_all(client, Preview.objects.get()).content.decode()
    assert "Now off" in page and "Seed swap and tea" in page
    delivery.refresh_from_db()
    assert delivery.hold != ""


def test_nothing_is_imported_when_nothing_is_wanted(client, library):
    as_role(client, library)
    upload(client, practice())
    client.post(f"/events/import/{Preview.objects.get().pk}/", {"act": "discard"})
    assert not Event.objects.exists() and not Feed.objects.exists() and not Preview.objects.exists()


@pytest.mark.parametrize("name", ["libcal_clearview_ca.ics", "libcal_springwater_children_ca.ics"])
def test_a_real_calendar_whose_events_are_over_says_so(client, library, name, monkeypatch):
    as_role(client, library)
    upload(client, (DATA / "ics" / name).read_bytes())
    page = client.get(f"/events/import/{Preview.objects.get().pk}/").content.decode()
    assert "Nothing in it lies ahead" in page and "in the past" in page


def test_problems_are_told_by_line_and_event(client, library):
    as_role(client, library)
    broken = calendar(("1", "Seed swap")).replace(b"END:VCALENDAR", b"BEGIN:VEVENT\nUID:9\nSUMMARY:When?\nDTSTART:soon\nEND:VEVENT\nEND:VCALENDAR")
    upload(client, broken)
    page = client.get(f"/events/import/{Preview.objects.get().pk}/").content.decode()
    assert "1 thing to look at" in page and "“When?”" in page and "Left out" in page and "Seed swap" in page


@pytest.mark.parametrize(("body", "words"), [
    (b"<html><body>Our events</body></html>", "shows a web page"), (b"%PDF-1.7 something", "PDF document"), (b"", "That file is empty"),
    (b"hello", "This is not a calendar"), (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
])  # fmt: skip
def test_a_file_that_is_no_calendar_is_refused_beside_the_field(client, library, body, words):
    as_role(client, library)
    answer = upload(client, body, name="My name for it")
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and 'value="My name for it"' in page and not Preview.objects.exists()


def test_an_address_and_a_file_are_not_taken_together(client, library):
    as_role(client, library)
    answer = client.post("/events/import/", {"url": ADDRESS, "file": SimpleUploadedFile("a.ics", practice())})
    assert answer.status_code == 422 and "not both at once" in answer.content.decode() and ADDRESS in answer.content.decode()
    assert client.post("/events/import/", {"url": ""}).status_code == 422


# --- an address


INSIDE = (
    "http://127.0.0.1/events.ics", "http://169.254.169.254/latest/meta-data", "http://100.64.0.1/x", "http://[::1]/x",
    "http://[::ffff:10.0.0.1]/x", "http://localhost:5432/", "https://0x7f000001/x",
)  # fmt: skip


@pytest.mark.django_db(transaction=True)  # the door to the outside refuses to open inside a transaction
def test_an_address_that_leads_inside_is_not_read(client, library):
    as_role(client, library)
    for address in INSIDE:
        answer = client.post("/events/import/", {"url": address})
        page = answer.content.decode()
        assert answer.status_code == 422 and not Preview.objects.exists() and f'value="{address}"' in page
        assert any(words in page for words in ("inside this network", "not a web address", "did not answer")), address


@pytest.mark.parametrize(("body", "status", "words"), [
    (remote.TooLarge("20 MB"), 200, "larger than 5 MB"), (remote.PrivateAddress("10.0.0.1"), 200, "inside this network"),
    (remote.Unavailable(code="no_route"), 200, "did not answer"), (b"gone", 404, "status 404"),
    (b"<html>Our events</html>", 200, "shows a web page"),
])  # fmt: skip
def test_an_address_that_gives_no_calendar_is_said_in_words_and_kept(client, library, served, body, status, words):
    served.update(body=body, status=status)
    as_role(client, library)
    answer = client.post("/events/import/", {"url": ADDRESS})
    assert answer.status_code == 422 and words in answer.content.decode() and f'value="{ADDRESS}"' in answer.content.decode()


def test_a_webcal_address_is_read_as_the_web_page_it_is(client, library, served):
    as_role(client, library)
    client.post("/events/import/", {"url": "webcal://calendar.example.org/all.ics"})
    assert Preview.objects.get().url == ADDRESS


def test_a_feed_shows_its_changes_and_what_is_gone(client, library, served):
    as_role(client, library)
    client.post("/events/import/", {"url": ADDRESS})
    import_all(client, Preview.objects.get())
    feed = Feed.objects.get()
    served["body"] = calendar(("2", "Book club"))
    page = client.post(f"/events/feeds/{feed.pk}/look/", follow=True).content.decode()
    assert "1 new" in page and "no longer in the calendar" in page and "Seed swap" in page
    import_all(client, Preview.objects.get())
    client.post(f"/events/feeds/{feed.pk}/look/")
    page = import_all(client, Preview.objects.get()).content.decode()
    assert "Gone" in page and Event.objects.get(external_uid="1").listing == "withdrawn"


def test_a_feed_that_cannot_be_read_says_so_on_its_page(client, library, served):
    actor = as_role(client, library)
    _feed, _outcome = actions.confirm_preview(actor=actor, preview=actions.make_preview(actor=actor, url=ADDRESS))
    feed = Feed.objects.get()
    served.update(body=b"", status=503)
    actions.read_feed(feed)
    page = client.get(f"/events/feeds/{feed.pk}/").content.decode()
    assert "Not readable" in page and "status 503" in page and "Ours" in page
    assert "status 503" in client.post(f"/events/feeds/{feed.pk}/look/", follow=True).content.decode()


def test_reading_can_be_stopped_and_begun_again(client, library, served):
    actor = as_role(client, library)
    feed, _outcome = actions.confirm_preview(actor=actor, preview=actions.make_preview(actor=actor, url=ADDRESS))
    client.post(f"/events/feeds/{feed.pk}/switch/")
    feed.refresh_from_db()
    assert not feed.is_active and feed.next_at is None and Event.objects.count() == 1
    client.post(f"/events/feeds/{feed.pk}/switch/")
    feed.refresh_from_db()
    assert feed.is_active and feed.next_at is not None
    assert AuditEntry.objects.filter(action="programs.feed.changed").count() == 2


# --- the pages


def test_the_month_lists_its_events_with_their_posts_and_a_way_to_write(client, library):
    actor = as_role(client, library)
    event = factories.event(library, "Seed swap", timedelta(hours=1), branch=library.branches.get(name="Harbour"))
    factories.draft(actor, factories.account(library), event=event)
    there = event.starts_at.astimezone(TORONTO)
    page = client.get(f"/events/?month={there:%Y-%m}").content.decode()
    assert "Seed swap" in page and "Harbour" in page and "1 post" in page and f"/posts/new/?event={event.pk}" in page
    as_role(client, library, Role.VIEWER)
    page = client.get(f"/events/?month={there:%Y-%m}").content.decode()
    assert "Seed swap" in page and "/posts/new/?event" not in page and "Import a calendar" not in page


@pytest.mark.parametrize(("query", "titles"), [
    ("state=on", {"Plain", "Full one"}), ("state=off", {"Off"}), ("state=full", {"Full one"}), ("q=plain", {"Plain"}),
    ("state=unposted", {"Plain", "Full one"}), ("branch=0", set()), ("source=x", {"Plain", "Full one", "Off"}), ("month=nonsense", {"Plain", "Full one", "Off"}),
])  # fmt: skip
def test_a_filter_in_the_address_narrows_the_month(client, library, query, titles):
    as_role(client, library, Role.VIEWER)
    for title, listing in (("Plain", "scheduled"), ("Full one", "full"), ("Off", "cancelled")):
        factories.event(library, title, timedelta(seconds=1), listing=listing)
    shown = client.get(f"/events/?{query}").context["days"]
    assert {event.title for _day, those in shown for event in those} == titles


def test_another_librarys_events_feeds_and_previews_are_not_there(client, library):
    other = factories.library("Elsewhere")
    event = factories.event(other, "Not yours", timedelta(seconds=1))
    preview = actions.make_preview(actor=factories.actor(other, Role.ADMIN), body=practice())
    feed, _outcome = actions.confirm_preview(actor=factories.actor(other, Role.ADMIN), preview=actions.make_preview(actor=factories.actor(other, Role.ADMIN), body=practice()))
    as_role(client, library, Role.ADMIN)
    assert "Not yours" not in client.get("/events/").content.decode()
    for path in (f"/events/{event.pk}/", f"/events/import/{preview.pk}/", f"/events/feeds/{feed.pk}/"):
        assert client.get(path).status_code == 404
    for path in (f"/events/{event.pk}/cancel/", f"/events/{event.pk}/restore/", f"/events/import/{preview.pk}/", f"/events/feeds/{feed.pk}/look/", f"/events/feeds/{feed.pk}/switch/"):
        assert client.post(path).status_code == 404
    assert Preview.objects.filter(pk=preview.pk).exists()


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.CONTRIBUTOR, 403), (Role.STAFF, 302)])
def test_staff_bring_events_in_and_others_look(client, library, served, role, status):
    staff = factories.actor(library, Role.STAFF)
    event = factories.event(library)
    feed, _outcome = actions.confirm_preview(actor=staff, preview=actions.make_preview(actor=staff, url=ADDRESS))
    preview = actions.make_preview(actor=staff, url=ADDRESS)
    as_role(client, library, role)
    for path in ("/events/", f"/events/{event.pk}/", "/events/import/", f"/events/import/{preview.pk}/", f"/events/feeds/{feed.pk}/"):
        assert client.get(path).status_code == 200
    for path in (f"/events/{event.pk}/cancel/", f"/events/feeds/{feed.pk}/switch/", f"/events/import/{preview.pk}/"):
        assert client.post(path, {"act": "discard"}).status_code == status


def test_cancelling_names_what_is_held_and_can_be_taken_back(client, library):
    event = factories.event(library, "Repair café")
    [delivery] = factories.scheduled(library, factories.account(library, "twitter"), when=timezone.now() + timedelta(days=1), event=event, body="Come and mend")
    as_role(client, library)
    page = client.get(f"/events/{event.pk}/").content.decode()
    assert "One post about it waits to go out and will be held" in page and page.count("Come and mend") == 2
    page = client.post(f"/events/{event.pk}/cancel/", {"reason": "Burst pipe"}, follow=True).content.decode()
    assert "1 scheduled post is held" in page and "This event is cancelled." in page and "/posts/new/?event" not in page
    delivery.refresh_from_db()
    assert delivery.hold != ""
    page = client.post(f"/events/{event.pk}/restore/", follow=True).content.decode()
    assert "takes place after all" in page
    assert Delivery.objects.get().hold == ""
    assert "is not cancelled" in client.post(f"/events/{event.pk}/restore/", follow=True).content.decode()


def test_an_event_that_its_calendar_calls_off_stays_held_when_restored_here(client, library):
    event = factories.event(library, "Repair café", listing="cancelled", state="cancelled")
    as_role(client, library)
    assert "still says it is off" in client.post(f"/events/{event.pk}/restore/", follow=True).content.decode()


def test_an_event_is_told_in_the_time_of_its_zone(client, library):
    starts = timezone.now().replace(year=2027, month=1, day=8, hour=1, minute=0, second=0, microsecond=0)
    event = factories.event(library, starts_at=starts, ends_at=starts + timedelta(hours=5))
    as_role(client, library, Role.VIEWER)
    page = client.get(f"/events/{event.pk}/").content.decode()
    assert "Thursday 7 January 2027, 20:00 – Friday 8 January, 01:00" in page and "America/Toronto" in page


def test_an_empty_library_is_told_where_to_begin(client, library):
    as_role(client, library)
    page = client.get("/events/").content.decode()
    assert "No events yet" in page and "You see everything before anything is kept" in page


def test_a_large_calendar_has_one_box_for_what_no_longer_fits_the_form(client, library):
    as_role(client, library)
    upload(client, calendar(*[(f"{n}", f"Event {n}") for n in range(650)]))
    preview = Preview.objects.get()
    page = client.get(f"/events/import/{preview.pk}/").content.decode()
    assert page.count('name="take"') == 600 and "And the 50 new events after these" in page
    assert client.post(f"/events/import/{preview.pk}/", {"take": ["0|"], "rest": "1", "act": "import"}).status_code == 302
    assert Event.objects.count() == 51
