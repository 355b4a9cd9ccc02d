"""The library's settings, its people, its mail and its address, the first steps, and leaving practice."""

from __future__ import annotations

import socket
import threading

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from audit.actions import Action
from audit.models import AuditEntry
from libraries import actions, public_address
from libraries.models import LIVE, Library, Membership, Role
from libraries.permissions import Refused
from tests import factories

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Fernhollow Library",
    "tz": "Europe/Dublin",
    "website": "https://fernhollow.example/",
    "self_review": "on",
}


@pytest.fixture
def library():
    return factories.library()


@pytest.fixture
def alice(client, library):
    actor = factories.actor(library, Role.ADMIN)
    client.force_login(actor.user)
    return actor


def last(library: Library, action: Action) -> AuditEntry:
    return AuditEntry.objects.of_library(library.pk).filter(action=action).latest("pk")


@pytest.mark.parametrize("path", ["/settings/", "/settings/people/", "/settings/leave-practice/", "/welcome/"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR, Role.STAFF, Role.MANAGER])
def test_settings_are_for_admins(client, library, role, path):
    client.force_login(factories.actor(library, role).user)
    assert client.get(path).status_code == 403


def test_changing_the_library_is_kept_and_recorded_with_what_it_was(client, library, alice):
    assert client.post("/settings/", FORM).status_code == 302
    library.refresh_from_db()
    assert (library.name, library.tz, library.self_review) == ("Fernhollow Library", "Europe/Dublin", True)
    said = last(library, Action.LIBRARY_CHANGED).content.content["changes"]
    assert said["tz"] == ["America/Toronto", "Europe/Dublin"] and said["self_review"] == [False, True]


def test_a_wrong_answer_is_said_by_its_field_and_what_was_typed_stays(client, library, alice):
    answer = client.post("/settings/", {**FORM, "tz": "Mars/Olympus", "name": "Kept as typed"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Kept as typed" in page and 'id="id_tz_error"' in page
    library.refresh_from_db()
    assert library.tz == "America/Toronto"


def test_self_review_is_questioned_where_others_could_approve(client, library, alice):
    client.post("/settings/", FORM)
    assert "nobody needs to approve their own" not in client.get("/settings/").content.decode()
    factories.person(library, Role.MANAGER)
    assert "2 people could approve" in client.get("/settings/").content.decode()


# --- people


def test_a_new_person_signs_in_with_the_password_that_was_shown_once(client, library, alice):
    answer = client.post("/settings/people/", {"name": "Nora", "email": "nora@example.org", "role": "staff"})
    password = answer.context["password"]
    assert password in answer.content.decode() and password not in client.get("/settings/people/").content.decode()
    client.post("/sign-out/")
    assert client.post("/sign-in/", {"email": "nora@example.org", "password": password}).status_code == 302
    assert password not in str([e.content.content for e in AuditEntry.objects.of_library(library.pk)])


def test_the_same_address_is_not_added_twice(client, library, alice):
    answer = client.post("/settings/people/", {"name": "Again", "email": alice.user.email, "role": "staff"})
    assert answer.status_code == 422
    assert "is in the list already" in answer.content.decode()
    assert Membership.objects.filter(library=library).count() == 1


def test_another_role_counts_at_once_and_stands_in_the_record(client, library, alice):
    stefan = factories.actor(library, Role.STAFF)
    client.post(f"/settings/people/{stefan.membership.pk}/", {"role": "manager", "is_active": "on"})
    stefan.membership.refresh_from_db()
    assert stefan.membership.role == Role.MANAGER
    said = last(library, Action.MEMBERSHIP_CHANGED).content.content
    assert (said["before"], said["after"]) == (["staff", True], ["manager", True])


def test_a_closed_person_is_out_at_the_next_click(client, library, alice):
    stefan = factories.actor(library, Role.STAFF)
    client.post(f"/settings/people/{stefan.membership.pk}/", {"role": "staff"})
    client.force_login(stefan.user)
    assert client.get("/notices/").status_code == 403


@pytest.mark.parametrize("change", [{"role": "manager", "is_active": "on"}, {"role": "admin"}])
def test_the_last_admin_stays_and_is_told_why(client, library, alice, change):
    answer = client.post(f"/settings/people/{alice.membership.pk}/", change, follow=True)
    assert "keeps at least one admin" in answer.content.decode()
    alice.membership.refresh_from_db()
    assert alice.membership.role == Role.ADMIN and alice.membership.is_active


def test_the_database_keeps_the_last_admin_too(library, alice):
    Membership.objects.filter(pk=alice.membership.pk).update(is_active=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.check_constraints()
    Membership.objects.filter(pk=alice.membership.pk).update(is_active=True)


def test_another_librarys_people_cannot_be_touched(client, library, alice):
    theirs = factories.actor(factories.library(), Role.ADMIN).membership
    assert client.post(f"/settings/people/{theirs.pk}/", {"role": "viewer"}).status_code == 404


# --- mail and address


class PostOffice(threading.Thread):
    """A mail server of a few lines: says what it is told to say after a letter."""

    def __init__(self, verdict: bytes) -> None:
        super().__init__(daemon=True)
        self.verdict, self.door = verdict, socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]

    def run(self) -> None:
        with self.door:
            wire, _peer = self.door.accept()
        with wire, wire.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 here\r\n")
            reading = False
            for line in talk:
                if reading:
                    if line == b".\r\n":
                        reading = False
                        talk.write(self.verdict)
                    continue
                reading = line.upper().startswith(b"DATA")
                talk.write(
                    b"354 go on\r\n"
                    if reading
                    else b"221 bye\r\n"
                    if line.upper().startswith(b"QUIT")
                    else b"250 ok\r\n"
                )


@pytest.fixture
def smtp(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = "127.0.0.1", False, ""


@pytest.mark.parametrize(("verdict", "said"), [
    (b"250 2.0.0 queued as 4711\r\n", "The server answered: 250 2.0.0 queued as 4711"),
    (b"554 5.7.1 not from you\r\n", "The mail server refused: 554 5.7.1 not from you"),
])  # fmt: skip
def test_the_mail_test_says_what_the_server_answered(client, settings, smtp, alice, verdict, said):
    office = PostOffice(verdict)
    office.start()
    settings.EMAIL_PORT = office.port
    page = client.post("/settings/mail-test/", follow=True).content.decode()
    office.join(5)
    assert said in page
    assert said.split(": ")[1] in last(alice.library, Action.MAIL_TESTED).content.content["answer"]


def test_a_mail_server_that_is_not_there_is_said_in_words(client, settings, smtp, alice):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.EMAIL_PORT = taken.getsockname()[1]
    page = client.post("/settings/mail-test/", follow=True).content.decode()
    assert "was not reached" in page and str(settings.EMAIL_PORT) in page


def test_without_a_mail_server_the_test_says_that_letters_go_into_the_log(client, settings, alice, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "No mail server is set" in client.post("/settings/mail-test/", follow=True).content.decode()
    assert "test letter" in capsys.readouterr().out and mail.outbox == []


@pytest.mark.parametrize(("url", "said"), [
    ("", "No public address is set"), ("http://127.0.0.1:8000", "good for practice"),
])  # fmt: skip
def test_the_address_check_says_what_it_found(client, settings, alice, url, said):
    settings.PUBLIC_URL = url
    page = client.post("/settings/address-check/", follow=True).content.decode()
    assert said in page
    alice.library.refresh_from_db()
    assert alice.library.public_url_ok is False and said in alice.library.public_url_detail


def test_the_probe_answers_who_we_are_without_a_sign_in(client):
    assert client.get("/healthz/address").content.decode() == public_address.fingerprint()
    assert client.get("/healthz").content == b"ok"


# --- first steps


def test_an_admin_begins_with_the_first_steps_and_others_with_the_calendar(client, library, alice):
    assert client.get("/").url == "/welcome/"
    client.force_login(factories.actor(library, Role.STAFF).user)
    assert client.get("/").url == "/calendar/"


def test_the_steps_are_ticked_by_what_is_really_so(client, library, alice):
    assert [step.done for step in client.get("/welcome/").context["steps"]] == [False] * 4
    client.post("/welcome/", {"name": "Fernhollow", "tz": "Europe/London"})
    assert [step.done for step in client.get("/welcome/").context["steps"]] == [True, False, False, False]
    account = factories.account(library, "twitter")
    factories.draft(alice, account)
    assert [step.done for step in client.get("/welcome/").context["steps"]] == [True, True, True, False]


def test_steps_put_away_do_not_open_again_and_are_still_there(client, library, alice):
    for _twice in range(2):
        assert client.post("/welcome/", {"finish": "1"}).url == "/calendar/"
    assert AuditEntry.objects.get(action="libraries.library.first_steps_finished").actor_id == alice.user_id
    assert client.get("/").url == "/calendar/"
    assert client.get("/welcome/").status_code == 200


# --- leaving practice


def test_leaving_practice_lists_what_stays_behind(client, library, alice):
    account = factories.account(library, "twitter")
    factories.draft(alice, account)
    factories.event(library)
    page = client.get("/settings/leave-practice/")
    counts = {stay.key: stay.count for stay in [*page.context["behind"], *page.context["along"]]}
    assert counts == {"accounts": 1, "drafts": 1, "scheduled": 0, "published": 0, "events": 1, "people": 1}


def test_going_live_needs_the_name_typed_and_is_recorded(client, library, alice):
    factories.account(library, "twitter")
    assert client.post("/settings/leave-practice/", {"name": "something else"}).status_code == 422
    library.refresh_from_db()
    assert library.mode != LIVE
    assert client.post("/settings/leave-practice/", {"name": library.name.lower()}).url == "/accounts/"
    library.refresh_from_db()
    assert library.mode == LIVE
    assert last(library, Action.LIBRARY_WENT_LIVE).content.content["staying"]["accounts"] == 1
    assert "Practice mode" not in client.get("/settings/").content.decode()


def test_a_library_leaves_practice_once(client, library, alice):
    actions.go_live(actor=alice, staying={})
    assert client.get("/settings/leave-practice/").url == "/settings/"
    with pytest.raises(Refused) as refused:
        actions.go_live(actor=alice, staying={})
    assert refused.value.code == "already_live"


def test_a_branch_is_added_and_told_about_and_posts_take_its_telephone(client) -> None:
    library = factories.library()
    client.force_login(factories.actor(library, Role.ADMIN).user)
    address = "/settings/branches/"
    client.post(address, {"new-name": "Mill Lane", "new-phone": "555 0100", "new-hours": "Daily 9–18", "new-aliases": "Mill\nMill"})
    branch = library.branches.get(name="Mill Lane")
    assert (branch.slug, branch.phone, branch.hours, branch.aliases) == ("mill-lane", "555 0100", "Daily 9–18", ["Mill"])
    key = f"b{branch.pk}"
    changed = {"branch": branch.pk, f"{key}-name": "Mill Lane", f"{key}-phone": "555 0199", f"{key}-hours": "", f"{key}-aliases": ""}
    assert client.post(address, changed).status_code == 302
    branch.refresh_from_db()
    assert (branch.phone, branch.hours) == ("555 0199", "")
    twice = client.post(address, {"new-name": "mill lane"})
    assert twice.status_code == 422
    assert "There is a branch of that name already." in twice.content.decode()


def test_two_branches_whose_names_have_no_latin_letters_both_get_an_address(client) -> None:
    library = factories.library()
    client.force_login(factories.actor(library, Role.ADMIN).user)
    for name in ("図書館", "中央館"):
        assert client.post("/settings/branches/", {"new-name": name}).status_code == 302
    assert set(library.branches.values_list("slug", flat=True)) == {"main-street", "branch", "branch-2"}
