"""The record for managers: reading, looking for something, proving that it holds, erasing what an entry says."""

from __future__ import annotations

import pytest
from django.db import connection

import audit.record
from audit import head
from audit.actions import Action
from audit.models import AuditEntry
from libraries.models import Role
from libraries.record import words
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept_here(settings, tmp_path):
    """Each test has its own chain, so also its own memory of it."""
    settings.VAR_DIR = tmp_path


@pytest.fixture
def library():
    return factories.library()


@pytest.fixture
def marta(client, library):
    actor = factories.actor(library, Role.MANAGER)
    client.force_login(actor.user)
    return actor


def note(library, action=Action.POST_CREATED, by=None, **data):
    account = factories.account(library, "twitter")
    return audit.record.record(by, action, account, **data)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR, Role.STAFF])
def test_the_record_is_for_managers(client, library, role):
    client.force_login(factories.actor(library, role).user)
    assert client.get("/record/").status_code == 403
    assert client.post("/record/verify/").status_code == 403


def test_an_entry_is_read_in_plain_words(client, library, marta):
    entry = note(library, Action.ACCOUNT_LOST, reason="token_revoked")
    page = client.get("/record/").content.decode()
    assert "Account lost its access" in page and "The product itself" in page and "its access was taken back" in page
    detail = client.get(f"/record/{entry.pk}/").content.decode()
    assert "not sealed yet" in detail and entry.commitment in detail


def test_another_librarys_entries_are_not_there(client, marta):
    entry = note(factories.library("Elsewhere"))
    assert "Elsewhere" not in client.get("/record/").content.decode()
    assert client.get(f"/record/{entry.pk}/").status_code == 404


def test_every_filter_narrows_and_says_so_when_nothing_fits(client, library, marta):
    theirs = note(library, Action.ACCOUNT_CHANGED, by=marta)
    note(library, Action.POST_CREATED)

    def shown(query: str) -> set[int]:
        return {row["entry"].pk for row in client.get(f"/record/?{query}").context["rows"]}

    assert shown(f"person={marta.user_id}") == {theirs.pk}
    assert shown(f"action={Action.ACCOUNT_CHANGED.value}") == {theirs.pk}
    assert shown(f"kind=account&number={theirs.object_id}") == {theirs.pk}
    assert theirs.pk in shown("since=2020-01-01")
    assert shown("until=2020-01-01") == set()
    assert "No entry fits" in client.get("/record/?until=2020-01-01").content.decode()
    assert client.get("/record/?number=rubbish&since=never").status_code == 200


def test_the_chain_holds_and_the_page_says_so(client, library, marta):
    note(library)
    audit.record.seal()
    page = client.post("/record/verify/").content.decode()
    assert "The record holds" in page and "Last seal" in page


def test_an_end_that_was_cut_off_is_said_and_a_missing_file_is_no_break(client, library, marta):
    for _twice in range(2):
        audit.record.record(None, Action.ACCOUNT_CHANGED, library, library_id=library.pk)
    audit.record.seal()
    page = client.post("/record/verify/").content.decode()
    assert "The record holds" in page and "nobody can tell whether entries are missing at the very end" in page
    assert head.move_on()
    page = client.post("/record/verify/").content.decode()
    assert "The record holds" in page and "none is missing." in page and "nobody can tell" not in page
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM audit_seal WHERE number = (SELECT max(number) FROM audit_seal)")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    page = client.post("/record/verify/").content.decode()
    assert "The record was changed" in page and "The end of the chain:" in page and "the end was cut off" in page
    assert "record-head.json" in page


def test_a_kept_seal_that_cannot_be_read_is_said(client, library, marta):
    note(library)
    audit.record.seal()
    head.head_file().write_text("rubbish")
    page = client.post("/record/verify/").content.decode()
    assert "The record was changed" in page and "cannot be read" in page and "not readable" in page


def test_a_changed_entry_is_found_and_said(client, library, marta):
    entry = note(library, reason="the truth")
    audit.record.seal()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE audit_auditcontent SET content = jsonb_set(content, '{reason}', '\"a lie\"') WHERE entry_id = %s",
            [entry.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    page = client.post("/record/verify/").content.decode()
    assert "The record was changed" in page and f"entry {entry.pk}" in page and "the content was changed" in page


def test_an_admin_erases_what_an_entry_says_and_the_chain_still_holds(client, library):
    alice = factories.actor(library, Role.ADMIN)
    client.force_login(alice.user)
    entry = note(library, comment="Mrs Smith's telephone number")
    audit.record.seal()
    assert client.post(f"/record/{entry.pk}/erase/", {"reason": ""}).status_code == 422
    assert client.post(f"/record/{entry.pk}/erase/", {"reason": "asked for by the patron"}).status_code == 302
    page = client.get(f"/record/{entry.pk}/").content.decode()
    assert "Erased." in page and "Mrs Smith" not in page
    audit.record.seal()
    assert "The record holds" in client.post("/record/verify/").content.decode()
    erased = AuditEntry.objects.of_library(library.pk).get(action=Action.CONTENT_ERASED)
    assert erased.actor_id == alice.user_id and erased.content.content["reason"] == "asked for by the patron"
    again = client.post(f"/record/{entry.pk}/erase/", {"reason": "once more"})
    assert again.status_code == 422 and "erased before" in again.content.decode()


def test_a_manager_cannot_erase(client, library, marta):
    entry = note(library)
    assert "Erase" not in client.get(f"/record/{entry.pk}/").content.decode()
    assert client.post(f"/record/{entry.pk}/erase/", {"reason": "no"}).status_code == 403


def test_every_action_has_words():
    assert [action for action in Action if words.action_words(action.value) == action.value] == []


def test_the_list_pages_to_its_last_row(client, library, marta):
    for _n in range(60):
        audit.record.record(None, Action.ACCOUNT_CHANGED, library, library_id=library.pk)
    first = client.get("/record/?kind=library")
    assert len(first.context["rows"]) == 50 and "1 to 50 of 60" in first.content.decode()
    last = client.get("/record/?kind=library&page=2")
    assert len(last.context["rows"]) == 10 and "kind=library" in last.content.decode()
