"""The inbox: who waits longest, answering, what became of an answer, and who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEntry
from core.dispatch import Verdict
from core.models import Worker
from inbox import actions, panels, reading, receiving
from inbox.models import Conversation, Message, Reply
from libraries.models import Role
from platforms.base import Comment, Person
from posts.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db
ORLA, TOMASZ = Person("p1", "Orla Finch"), Person("p2", "Tomasz Wren")


@pytest.fixture
def library():
    made = factories.library()
    Worker.objects.create(name="here")
    return made


def as_role(client, library, role=Role.STAFF):
    actor = factories.actor(library, role)
    client.force_login(actor.user)
    return actor


def published(library, platform="facebook", body="Seed swap on Saturday"):
    [delivery] = factories.scheduled(library, factories.account(library, platform), body=body)
    sent = {"state": "sent", "remote_id": f"post-{delivery.pk}", "remote_url": "http://127.0.0.1/post", "sent_at": timezone.now()}
    Delivery.objects.filter(pk=delivery.pk).update(**sent)
    return Delivery.objects.select_related("account", "account__library", "post").get(pk=delivery.pk)


def comment(delivery, words="Is there a lift?", who=ORLA, ago=2.0, parent=None, **rest):
    """A comment arrives beneath the post. Returns its talk."""
    n = Message.objects.count()
    said = Comment(f"c{n}", delivery.remote_id, who, words, timezone.now() - timedelta(hours=ago), parent=parent, **rest)
    receiving.receive(delivery.account, delivery, [said])
    return Conversation.objects.get(delivery=delivery)


def answer_that(talk, library, state, outcome="unknown", code=""):
    """An answer of ours that a worker tried to send, with what came of it."""
    row = actions.reply(actor=factories.actor(library, Role.STAFF), conversation=talk, body="Yes, beside the desk.", to=reading.last_unanswered(talk))
    Reply.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    [row] = Reply.objects.claim(Worker.objects.first().pk)
    row.settle(row.open_attempt(), Verdict("failed" if state == "failed" else "unconfirmed", outcome, code=code))
    if state == "attention":
        Reply.objects.filter(pk=row.pk).update(state="attention")
    row.refresh_from_db()
    assert row.state == state
    return row


# --- the list


def test_what_waits_longest_stands_first_with_its_age(client, library):
    comment(published(library), "The younger", ago=1)
    comment(published(library, "twitter"), "The older", TOMASZ, ago=30)
    as_role(client, library, Role.VIEWER)
    page = client.get("/inbox/").content.decode().replace("\xa0", " ")
    assert page.index("The older") < page.index("The younger") and "1 day ago" in page and "1 hour ago" in page


@pytest.mark.parametrize(("query", "seen"), [
    ("", {"open"}), ("show=waiting", {"waiting"}), ("show=closed", {"closed"}), ("show=all", {"open", "waiting", "closed"}),
    ("show=all&platform=twitter", {"waiting"}), ("show=all&q=OPEN", {"open"}), ("show=all&q=orla", {"open", "waiting", "closed"}),
    ("show=nonsense", {"open"}), ("page=99", {"open"}),
])  # fmt: skip
def test_the_address_says_which_talks(client, library, query, seen):
    for state, platform in (("open", "facebook"), ("waiting", "twitter"), ("closed", "linkedin")):
        talk = comment(published(library, platform), f"is {state}")
        Conversation.objects.filter(pk=talk.pk).update(state=state)
    as_role(client, library, Role.VIEWER)
    shown = client.get(f"/inbox/?{query}").context["page"].object_list
    assert {talk.state for talk in shown} == seen


def test_an_answer_that_needs_a_person_comes_back_into_the_list(client, library):
    talk = comment(published(library))
    answer_that(talk, library, "attention")
    as_role(client, library)
    page = client.get("/inbox/").content.decode()
    assert "Answer needs you" in page and Conversation.objects.get().state == "waiting"


def test_another_librarys_and_another_modes_talks_are_not_there(client, library):
    talk = comment(published(factories.library("Elsewhere")), "Not yours")
    practice = comment(published(library), "Only practice")
    type(library).objects.filter(pk=library.pk).update(mode="live")
    as_role(client, library, Role.ADMIN)
    page = client.get("/inbox/?show=all").content.decode()
    assert "Not yours" not in page and "Only practice" not in page
    for pk in (talk.pk, practice.pk):
        assert client.get(f"/inbox/{pk}/").status_code == 404 and client.get(f"/inbox/{pk}/thread/").status_code == 404
        assert client.post(f"/inbox/{pk}/reply/", {"body": "x"}).status_code == 404
        assert client.post(f"/inbox/{pk}/close/").status_code == 404


def test_an_empty_inbox_says_what_will_come(client, library):
    as_role(client, library, Role.VIEWER)
    assert "Nobody has written yet" in client.get("/inbox/").content.decode()
    talk = comment(published(library))
    Conversation.objects.filter(pk=talk.pk).update(state="closed")
    assert "Nobody waits for an answer" in client.get("/inbox/").content.decode()


def test_new_comments_are_announced_and_nothing_else_moves(client, library):
    as_role(client, library, Role.VIEWER)
    delivery = published(library)
    comment(delivery)
    seen = client.get("/inbox/").context["seen"]
    assert client.get(f"/inbox/news/?seen={seen}").status_code == 204
    comment(delivery, "And tea?")
    page = client.get(f"/inbox/news/?seen={seen}").content.decode()
    assert "1 new comment" in page and "<html" not in page
    assert client.get("/inbox/news/?seen=nonsense").status_code == 204


# --- one talk


def test_a_talk_shows_who_said_what_with_the_post_beside_it(client, library):
    delivery = published(library)
    comment(delivery, "Is there a lift?")
    talk = comment(delivery, "There is.", TOMASZ, ago=1, parent="c0")
    as_role(client, library)
    page = client.get(f"/inbox/{talk.pk}/").content.decode()
    assert "Is there a lift?" in page and 'class="under"' in page and "Seed swap on Saturday" in page
    assert f"/posts/{delivery.post_id}/" in page and "To Tomasz Wren" in page and f"?to={Message.objects.first().pk}#answer" in page


def test_the_same_person_elsewhere_is_named(client, library):
    facebook = factories.account(library, "facebook")
    talks = []
    for words in ("First time", "Second time"):
        [delivery] = factories.scheduled(library, facebook, body=words)
        Delivery.objects.filter(pk=delivery.pk).update(state="sent", remote_id=f"post-{delivery.pk}", sent_at=timezone.now())
        delivery.refresh_from_db()
        talks.append(comment(delivery, words))
    as_role(client, library)
    page = client.get(f"/inbox/{talks[1].pk}/").content.decode()
    assert "The same people, elsewhere" in page and f"/inbox/{talks[0].pk}/" in page


def test_an_answer_goes_out_for_the_comment_it_is_for(client, library):
    delivery = published(library)
    comment(delivery, "The first")
    talk = comment(delivery, "The second", TOMASZ, ago=1)
    as_role(client, library)
    first = Message.objects.get(body="The first")
    assert client.get(f"/inbox/{talk.pk}/?to={first.pk}").context["form"].initial["to"] == first.pk
    answer = client.post(f"/inbox/{talk.pk}/reply/?show=all", {"body": "Line one\r\nline two", "to": first.pk})
    assert (answer.status_code, answer.url) == (302, f"/inbox/{talk.pk}/?show=all")
    row = Reply.objects.get()
    assert (row.in_reply_to_id, row.body) == (first.pk, "Line one\nline two")
    page = client.get(f"/inbox/{talk.pk}/").content.decode()
    assert "Sending" in page and "line two" in page and "Waiting for them" in page
    assert "Nobody waits for an answer" in client.get("/inbox/").content.decode()


def test_an_answer_that_is_too_long_or_empty_stays_as_it_was_typed(client, library):
    talk = comment(published(library, "twitter"))
    as_role(client, library)
    words = "word " * 60
    answer = client.post(f"/inbox/{talk.pk}/reply/", {"body": words, "to": Message.objects.get().pk})
    page = answer.content.decode()
    assert answer.status_code == 422 and "may have 280 characters" in page and words.strip() in page
    answer = client.post(f"/inbox/{talk.pk}/reply/", {"body": "  "})
    assert answer.status_code == 422 and "Write an answer first." in answer.content.decode() and not Reply.objects.exists()


def test_pressing_twice_answers_once(client, library):
    talk = comment(published(library))
    as_role(client, library)
    said = {"body": "Yes, there is.", "to": Message.objects.get().pk}
    client.post(f"/inbox/{talk.pk}/reply/", said)
    answer = client.post(f"/inbox/{talk.pk}/reply/", said)
    assert answer.status_code == 422 and "on its way already" in answer.content.decode() and Reply.objects.count() == 1


def test_a_comment_of_another_talk_is_not_answered_from_here(client, library):
    talk, other = comment(published(library)), comment(published(library, "twitter"), "Elsewhere")
    as_role(client, library)
    answer = client.post(f"/inbox/{talk.pk}/reply/", {"body": "Yes", "to": other.messages.get().pk})
    assert answer.status_code == 422 and not Reply.objects.exists()


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.CONTRIBUTOR, 403), (Role.STAFF, 302), (Role.MANAGER, 302)])
def test_staff_answer_and_others_read(client, library, role, status):
    talk = comment(published(library))
    row = answer_that(talk, library, "attention")
    as_role(client, library, role)
    page = client.get(f"/inbox/{talk.pk}/").content.decode()
    assert ("Your answer" in page) is (status == 302) and ("It is there" in page) is (status == 302)
    assert client.post(f"/inbox/{talk.pk}/reply/", {"body": "Yes"}).status_code == status
    assert client.post(f"/inbox/replies/{row.pk}/resolve/", {"answer": "up"}).status_code == status
    assert client.post(f"/inbox/{talk.pk}/close/").status_code == status


# --- what became of an answer


@pytest.mark.parametrize(("answer", "state", "words"), [
    ("up", "sent", "Noted: it is there."), ("not_up", "scheduled", "It is sent again now."), ("drop", "cancelled", "It is not sent."),
])  # fmt: skip
def test_a_person_says_what_no_machine_can_tell(client, library, answer, state, words):
    talk = comment(published(library))
    row = answer_that(talk, library, "attention")
    as_role(client, library)
    page = client.get(f"/inbox/{talk.pk}/").content.decode()
    assert "We cannot tell whether it is there." in page and "It is there" in page and "It is not: send it" in page
    page = client.post(f"/inbox/replies/{row.pk}/resolve/", {"answer": answer}, follow=True).content.decode()
    row.refresh_from_db()
    assert row.state == state and words in page and "Yes, beside the desk." in page
    page = client.post(f"/inbox/replies/{row.pk}/resolve/", {"answer": "up"}, follow=True).content.decode()
    assert "This was settled in the meantime." in page


def test_while_it_is_unclear_a_person_may_say_so_sooner(client, library):
    talk = comment(published(library))
    answer_that(talk, library, "unconfirmed")
    as_role(client, library)
    page = client.get(f"/inbox/{talk.pk}/").content.decode()
    assert "No clear answer came back." in page and "It is there" in page and "Do not send it" not in page


def test_an_answer_that_was_refused_says_why_and_can_be_sent_again(client, library):
    talk = comment(published(library))
    row = answer_that(talk, library, "failed", "rejected", "invalid_content")
    as_role(client, library)
    page = client.get(f"/inbox/{talk.pk}/").content.decode()
    assert "Send it again" in page and "It is there" not in page and "invalid_content" not in page
    client.post(f"/inbox/replies/{row.pk}/resolve/", {"answer": "not_up"})
    row.refresh_from_db()
    assert row.state == "scheduled"


def test_nonsense_about_an_answer_changes_nothing(client, library):
    talk = comment(published(library))
    row = answer_that(talk, library, "attention")
    as_role(client, library)
    assert "Say whether it is there" in client.post(f"/inbox/replies/{row.pk}/resolve/", {"answer": "maybe"}, follow=True).content.decode()
    row.refresh_from_db()
    assert row.state == "attention"


def test_an_answer_a_person_found_is_not_shown_twice_once_it_is_collected(client, library):
    delivery = published(library)
    talk = comment(delivery)
    row = answer_that(talk, library, "attention")
    actions.resolve_reply(actor=factories.actor(library, Role.STAFF), row=row, answer="up")
    assert [line.body for line in reading.lines(talk)].count("Yes, beside the desk.") == 1
    comment(delivery, "Yes, beside the desk.", Person("us", "Fernhollow"), ago=0, parent="c0", is_ours=True)
    assert [line.body for line in reading.lines(talk)].count("Yes, beside the desk.") == 1


def test_a_talk_is_closed_and_opened_again(client, library):
    talk = comment(published(library))
    as_role(client, library)
    client.post(f"/inbox/{talk.pk}/close/")
    assert "Open again" in client.get(f"/inbox/{talk.pk}/").content.decode() and Conversation.objects.get().state == "closed"
    client.post(f"/inbox/{talk.pk}/close/", {"state": "open"})
    assert Conversation.objects.get().state == "open"


def test_closing_and_opening_a_talk_is_in_the_record_once_each(client, library):
    talk = comment(published(library))
    stefan = as_role(client, library)
    for said in ({}, {}, {"state": "open"}, {"state": "open"}):
        client.post(f"/inbox/{talk.pk}/close/", said)
    entries = list(AuditEntry.objects.about("conversation", talk.pk).order_by("pk"))
    assert [entry.action for entry in entries] == ["inbox.conversation.closed", "inbox.conversation.reopened"]
    assert {entry.actor_id for entry in entries} == {stefan.user_id}
    as_role(client, library, Role.MANAGER)
    page = client.get("/record/").content.decode()
    assert "Talk closed" in page and "Talk opened again" in page


def test_a_new_comment_opens_a_closed_talk(client, library):
    delivery = published(library)
    talk = comment(delivery)
    Conversation.objects.filter(pk=talk.pk).update(state="closed")
    comment(delivery, "One more thing", ago=0)
    as_role(client, library)
    assert "One more thing" in client.get("/inbox/").content.decode()


def test_the_thread_comes_again_only_when_it_changed(client, library):
    delivery = published(library)
    talk = comment(delivery)
    as_role(client, library)
    mark = client.get(f"/inbox/{talk.pk}/").context["mark"]
    assert client.get(f"/inbox/{talk.pk}/thread/?seen={mark}").status_code == 204
    comment(delivery, "Tea?", ago=0)
    page = client.get(f"/inbox/{talk.pk}/thread/?seen={mark}").content.decode()
    assert "Tea?" in page and "<html" not in page and 'hx-swap-oob="innerHTML"' in page


# --- beneath the post


def test_comments_stand_beneath_their_post(client, library):
    delivery = published(library)
    for n in range(6):
        talk = comment(delivery, f"Comment {n}", ago=6 - n)
    as_role(client, library, Role.VIEWER)
    page = client.get(f"/posts/{delivery.post_id}/").content.decode()
    assert "Comment 5" in page and "Comment 1" not in page and "(all 6)" in page and f"/inbox/{talk.pk}/" in page


def test_there_is_no_place_for_comments_before_a_post_is_out(client, library, rf):
    [delivery] = factories.scheduled(library, factories.account(library), when=timezone.now() + timedelta(days=1))
    request = rf.get("/")
    request.actor = factories.actor(library, Role.VIEWER)
    assert panels.comments(request, delivery.post) == ""
    out = published(library, "twitter")
    assert "Nobody has commented yet" in panels.comments(request, out.post)


def test_what_people_write_is_text_and_nothing_more(client, library):
    delivery = published(library)
    talk = comment(delivery, "<script>alert(1)</script>", Person("x", "<b>Eve</b>"))
    as_role(client, library)
    for path in ("/inbox/", f"/inbox/{talk.pk}/", f"/posts/{delivery.post_id}/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page and "<b>Eve" not in page and "&lt;script&gt;" in page
