"""What patrons write comes back, and what we answer goes out, with the same certainty as a post."""

from __future__ import annotations

from typing import Any

import pytest

from inbox import actions as inbox
from inbox.models import Conversation, Message, Reply
from platforms.models import Cursor
from posts.models import Delivery
from scheduler import collecting
from scheduler.kinds import REPLY
from tests.flows.engine import NETWORKS, Engine, fresh


@pytest.fixture(params=NETWORKS)
def published(request: pytest.FixtureRequest, engine: Engine) -> Delivery:
    (delivery,) = engine.schedule(engine.account(request.param), body="Bring your knitting on Tuesday.")
    assert engine.work() == ["sent"]
    return fresh(delivery)


def patron(engine: Engine, delivery: Delivery, text: str, parent: str | None = None) -> str:
    return engine.practice.comment(delivery.platform, delivery.remote_id, text, parent)


def collect(engine: Engine) -> None:
    engine.later(600)
    collecting.collect()


def bodies(direction: str = "in") -> list[str]:
    return sorted(Message.objects.filter(direction=direction).values_list("body", flat=True))


def test_a_comment_and_an_answer_to_it_arrive_once(engine: Engine, published: Delivery) -> None:
    first = patron(engine, published, "Is there tea?")
    patron(engine, published, "There was last time.", parent=first)
    collect(engine)
    assert bodies() == ["Is there tea?", "There was last time."]
    collect(engine)
    collect(engine)
    assert Message.objects.count() == 2  # reading twice is harmless
    talk = Conversation.objects.get()
    assert talk.delivery == published and talk.state == "open"
    answer = Message.objects.get(body="There was last time.")
    assert answer.in_reply_to and answer.in_reply_to.body == "Is there tea?"
    assert "Ada" not in answer.author_key and len(answer.author_key) == 64


def test_more_comments_than_one_page_holds(engine: Engine, published: Delivery) -> None:
    said = [f"Question {number}" for number in range(120)]
    for text in said:
        patron(engine, published, text)
    for _ in range(4):
        collect(engine)
    assert bodies() == sorted(said)
    patron(engine, published, "One more")
    collect(engine)
    assert len(bodies()) == 121


def test_a_stream_that_cannot_be_read_is_tried_again_ever_more_rarely(engine: Engine, published: Delivery) -> None:
    patron(engine, published, "Is there tea?")
    engine.practice.door("POST", "/__faults", {"network": published.platform, "kind": "status", "where": "read", "status": 503})
    collect(engine)
    cursor = Cursor.objects.get()
    assert cursor.failures == 1 and cursor.leased_until is None and bodies() == []
    engine.practice.no_faults()
    collect(engine)
    assert bodies() == ["Is there tea?"] and Cursor.objects.get().failures == 0


def reply_to(engine: Engine, published: Delivery, text: str = "Yes, and biscuits.") -> tuple[Reply, Message]:
    patron(engine, published, "Is there tea?")
    collect(engine)
    asked = Message.objects.get(body="Is there tea?")
    return inbox.reply(actor=engine.author, conversation=asked.conversation, body=text, to=asked), asked


def ours(engine: Engine, published: Delivery, text: str) -> list[Any]:
    """Our answers as the network holds them: comments beneath the post, or on X posts that answer it."""
    held = engine.practice.door("GET", f"/__book?network={published.platform}&comments=1")[published.platform]
    beneath = [c for post in held for c in post.get("comments", []) if c["text"] == text]
    posts = [post for post in held if post["reply_to"] and text in post["text"]]
    return beneath or posts


def test_our_answer_goes_out_and_stands_in_the_talk(engine: Engine, published: Delivery) -> None:
    row, asked = reply_to(engine, published)
    assert engine.work(REPLY) == ["sent"]
    assert fresh(row).remote_id and len(ours(engine, published, "Yes, and biscuits.")) == 1
    collect(engine)
    collect(engine)
    assert bodies("out") == ["Yes, and biscuits."]  # written by us and read back: one message, not two
    assert Message.objects.get(direction="out").in_reply_to == asked


def test_an_answer_whose_answer_was_lost_is_found_not_doubled(engine: Engine, published: Delivery) -> None:
    row, _asked = reply_to(engine, published)
    engine.practice.fault(published.platform, "after", how="reset")
    assert engine.work(REPLY) == ["unconfirmed"]
    engine.settle()
    assert fresh(row).state == "sent" and len(ours(engine, published, row.body)) == 1


def test_an_answer_that_never_arrived_is_sent_again(engine: Engine, published: Delivery) -> None:
    row, _asked = reply_to(engine, published)
    engine.practice.fault(published.platform, "before", how="reset")
    assert engine.work(REPLY) == ["unconfirmed"]
    engine.settle()
    assert fresh(row).state == "sent" and len(ours(engine, published, row.body)) == 1


def test_comments_beneath_a_recalled_post_are_not_asked_for(engine: Engine) -> None:
    from posts import actions

    (delivery,) = engine.schedule(engine.account("facebook"), body="Bring your knitting.")
    engine.work()
    actions.recall_post(actor=engine.manager, post=delivery.post)
    engine.settle()
    since = engine.practice.mark()
    collect(engine)
    assert engine.practice.log(since) == []


def test_an_edited_comment_is_read_as_it_stands(engine: Engine) -> None:
    from inbox import receiving
    from platforms import lines

    (delivery,) = engine.schedule(engine.account("facebook"), body="Bring your knitting.")
    engine.work()
    patron(engine, fresh(delivery), "Is ther tea?")
    page = lines.adapter("facebook", "practice").comments(
        lines.fresh_identity(delivery.account), delivery.remote_id, None
    )
    assert receiving.receive(delivery.account, delivery, page.items) == 1
    (comment,) = page.items
    edited = type(comment)(**{**{f: getattr(comment, f) for f in comment.__slots__}, "text": "Is there tea?"})
    assert receiving.receive(delivery.account, delivery, [edited]) == 0
    assert bodies() == ["Is there tea?"]


def test_a_reply_whose_author_left_is_dropped_and_told(engine: Engine) -> None:
    from libraries.models import Membership

    (delivery,) = engine.schedule(engine.account("facebook"), body="Bring your knitting.")
    engine.work()
    row, _asked = reply_to(engine, fresh(delivery))
    Membership.objects.filter(user=engine.author.user_id).update(is_active=False)
    assert engine.work(REPLY) == ["held"]
    assert fresh(row).state == "cancelled" and engine.notices(f"reply:{row.pk}")
    assert not ours(engine, delivery, row.body)
