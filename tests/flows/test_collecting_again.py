"""What patrons change after we read it: edits are noticed and kept, deletions are believed at the second look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox import reading
from inbox.models import Conversation, Message
from platforms.models import Cursor
from posts.models import Delivery
from scheduler import collecting
from tests.flows.engine import Engine, fresh

LISTED = ("facebook", "instagram", "linkedin")  # on X an edited answer is another post, and search reaches back a week


@pytest.fixture(params=LISTED)
def published(request: pytest.FixtureRequest, engine: Engine) -> Delivery:
    (delivery,) = engine.schedule(engine.account(request.param), body="Bring your knitting on Tuesday.")
    assert engine.work() == ["sent"]
    return fresh(delivery)


def patron(engine: Engine, delivery: Delivery, text: str, parent: str | None = None) -> str:
    return engine.practice.comment(delivery.platform, delivery.remote_id, text, parent)


def collect(engine: Engine, seconds: float = 600) -> None:
    engine.later(seconds)
    ago = timedelta(seconds=seconds)
    Message.objects.update(missed_at=F("missed_at") - ago)
    Conversation.objects.update(whole_at=F("whole_at") - ago)
    collecting.collect()


def test_an_edit_is_noticed_and_what_it_said_is_kept(engine: Engine, published: Delivery) -> None:
    asked = patron(engine, published, "Is ther tea?")
    collect(engine)
    Conversation.objects.update(state="closed")
    engine.practice.rewrite_comment(published.platform, asked, "Is there tea, and for whom?")
    collect(engine)
    collect(engine)  # once more: the same row, and no second edit
    message = Message.objects.get()
    assert message.body == "Is there tea, and for whom?" and message.edited_at and not message.gone_at
    assert [was["body"] for was in message.earlier] == ["Is ther tea?"]
    assert message.conversation.state == "open"  # somebody should look at the new words
    (line,) = reading.lines(message.conversation)
    assert line.edited and line.earlier == ("Is ther tea?",)


def test_a_deleted_comment_is_gone_at_the_second_look_and_not_at_the_first(engine: Engine, published: Delivery) -> None:
    patron(engine, published, "There was last time.")
    asked = patron(engine, published, "Is there tea?")
    patron(engine, published, "I wonder, too.", parent=asked)
    collect(engine)
    engine.practice.rewrite_comment(published.platform, asked, None)
    collect(engine)
    assert not Message.objects.filter(gone_at__isnull=False).exists()
    collect(engine)
    gone = sorted(Message.objects.filter(gone_at__isnull=False).values_list("body", flat=True))
    beneath = [] if published.platform == "facebook" else ["I wonder, too."]  # listed beneath what is not there any more
    assert gone == sorted(["Is there tea?", *beneath])
    talk = Conversation.objects.get()
    assert {line.body for line in reading.lines(talk) if line.gone} == set(gone)
    last = reading.last_unanswered(talk)
    assert last and last.body not in gone  # nobody is led to answer what is gone


def test_the_talk_shows_what_was_said_before_and_what_is_gone(engine: Engine, client: Client) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Bring your knitting.")
    engine.work()
    delivery = fresh(delivery)
    asked, other = patron(engine, delivery, "Is ther tea?"), patron(engine, delivery, "Buy my knitting!")
    collect(engine)
    engine.practice.rewrite_comment("facebook", asked, "Is there tea?")
    engine.practice.rewrite_comment("facebook", other, None)
    collect(engine)
    collect(engine)
    client.force_login(engine.author.user)
    page = client.get(reverse("inbox:thread", args=[Conversation.objects.get().pk])).content.decode()
    assert "What it said before" in page and "Is ther tea?" in page and "Is there tea?" in page
    assert page.count("It is not on the network any more") == 1 and page.count("Answer this") == 1


def test_an_emptied_list_is_not_believed_for_a_day(engine: Engine, published: Delivery) -> None:
    asked = patron(engine, published, "Is there tea?")
    collect(engine)
    engine.practice.rewrite_comment(published.platform, asked, None)
    for _ in range(3):
        collect(engine)
    assert not Message.objects.get().gone_at
    collect(engine, 24 * 3600)
    assert Message.objects.get().gone_at


def test_our_own_answer_deleted_there_is_marked_too_and_one_just_sent_is_not(engine: Engine, published: Delivery) -> None:
    from inbox import actions as inbox
    from scheduler.kinds import REPLY

    patron(engine, published, "Is there tea?")
    collect(engine)
    asked = Message.objects.get()
    inbox.reply(actor=engine.author, conversation=asked.conversation, body="Yes, and biscuits.", to=asked)
    assert engine.work(REPLY) == ["sent"]
    for _ in range(3):
        collect(engine)
    ours = Message.objects.get(direction="out")
    assert ours.seen_at and not ours.gone_at and not ours.earlier
    number = ours.external_id.rstrip(")").rpartition(",")[2]  # LinkedIn's name of a comment ends in its number
    engine.practice.rewrite_comment(published.platform, number, None)
    collect(engine)
    collect(engine)
    assert fresh(ours).gone_at and not fresh(asked).gone_at


def test_a_long_talk_is_read_again_an_hour_later_and_not_each_time(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Bring your knitting.")
    engine.work()
    delivery = fresh(delivery)
    first, *_ = [patron(engine, delivery, f"Question {number}") for number in range(120)]
    collect(engine)
    assert Message.objects.count() == 120 and Conversation.objects.get().whole_at
    engine.practice.rewrite_comment("facebook", first, "Another question")
    since = engine.practice.mark()
    collect(engine)
    assert len(engine.practice.log(since)) == 1  # only what is new was asked for
    assert not Message.objects.filter(edited_at__isnull=False).exists()
    collect(engine, 3600)
    assert Message.objects.get(edited_at__isnull=False).body == "Another question"
    assert Message.objects.count() == 120 and not Message.objects.filter(missed_at__isnull=False).exists()


def test_a_round_that_breaks_off_marks_nothing_as_gone(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Bring your knitting.")
    engine.work()
    delivery = fresh(delivery)
    for number in range(120):
        patron(engine, delivery, f"Question {number}")
    collect(engine)
    fault = {"network": "facebook", "kind": "status", "where": "read", "status": 503}
    engine.practice.door("POST", "/__faults", fault)
    collect(engine, 3600)  # a second look begins, and its first page cannot be read
    assert Cursor.objects.get().failures == 1 and Cursor.objects.get().value == ""
    engine.practice.no_faults()
    collect(engine)
    collect(engine)
    assert not Message.objects.filter(missed_at__isnull=False).exists() and Message.objects.count() == 120


def test_old_talks_are_not_read_again_from_the_first(engine: Engine) -> None:
    (delivery,) = engine.schedule(engine.account("facebook"), body="Bring your knitting.")
    engine.work()
    delivery = fresh(delivery)
    patron(engine, delivery, "Is there tea?")
    collect(engine)
    talk = Conversation.objects.get()
    assert collecting.wants_second_look(talk, delivery)  # one page holds it: a second look costs nothing more
    Message.objects.bulk_create(
        Message(conversation=talk, direction="in", external_id=f"x{n}", body="More", sent_at=timezone.now())
        for n in range(collecting.SHORT)
    )
    Conversation.objects.update(whole_at=timezone.now() - timedelta(hours=2))
    assert collecting.wants_second_look(fresh(talk), delivery)
    Delivery.objects.update(sent_at=timezone.now() - timedelta(days=5))
    assert not collecting.wants_second_look(fresh(talk), fresh(delivery))  # daily by now
    Conversation.objects.update(whole_at=timezone.now() - timedelta(hours=25))
    assert collecting.wants_second_look(fresh(talk), fresh(delivery))
    Delivery.objects.update(sent_at=timezone.now() - timedelta(days=31))
    assert not collecting.wants_second_look(fresh(talk), fresh(delivery))
