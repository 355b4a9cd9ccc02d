"""Threads and first comments: each part goes out once, in order, and comes down with the rest."""

from __future__ import annotations

from typing import Any

import pytest

from platforms import lines
from platforms.models import Account
from posts import actions, parts
from posts.models import Delivery, Hold, Takedown
from scheduler import answering, publishing
from scheduler.kinds import DELIVERY, TAKEDOWN
from scheduler.presence import me
from tests import factories
from tests.flows.engine import LINK, Engine, fresh, states

THREAD = ["Our winter programme is here. 1/3", "Story time is on Tuesdays at ten. 2/3", "Exam help runs until nine. 3/3"]


def threaded(engine: Engine, account: Account, thread: list[str] | None = None, **content: Any) -> list[Delivery]:
    said = {"threads": {str(account.pk): thread or THREAD}, **content}
    return factories.scheduled(engine.library, account, body="The long text of it all.", more=said)


def commented(engine: Engine, *accounts: Account, text: str = "Sign up at the desk.") -> list[Delivery]:
    shown = (factories.asset(engine.library, 900, 700, alt_text="A card on a desk"),)
    said = {"first_comment": {"text": text, "accounts": [account.pk for account in accounts]}}
    return factories.scheduled(engine.library, *accounts, body="New books.", pictures=shown, more=said)


def one_step() -> str:
    """Send what is due first, and no more."""
    return publishing.work(DELIVERY, Delivery.objects.claim(me.id, limit=1)[0])


def send_all(engine: Engine) -> list[str]:
    """Send until nothing may go out: each part becomes free by the one before it."""
    done: list[str] = []
    while states := engine.work():
        done += states
    return done


def everything(engine: Engine, account: Account) -> list[dict[str, Any]]:
    return [row for row in engine.practice.book(account.platform, account.external_id) if row["visible"] and not row["deleted"]]


def test_a_thread_goes_out_in_order_each_part_answering_the_one_before(engine: Engine) -> None:
    account = engine.account("twitter")
    rows = threaded(engine, account)
    assert [row.part for row in rows] == [0, 1, 2] and [row.after_id for row in rows] == [None, rows[0].pk, rows[1].pk]
    assert send_all(engine) == ["sent"] * 3
    book = everything(engine, account)
    assert [row["text"] for row in book] == THREAD
    assert [row["reply_to"] for row in book] == [None, book[0]["id"], book[1]["id"]]


def test_no_part_is_claimed_while_the_one_before_it_is_not_up(engine: Engine) -> None:
    account = engine.account("twitter")
    rows = threaded(engine, account)
    engine.practice.fault("twitter", "after", how="reset", count=1)
    assert engine.work() == ["unconfirmed"] and states(rows) == ["unconfirmed", "scheduled", "scheduled"]
    engine.settle()
    assert states(rows) == ["sent"] * 3
    assert [row["text"] for row in everything(engine, account)] == THREAD


@pytest.mark.parametrize("kind", ["after", "before"])
def test_a_lost_answer_in_the_middle_of_a_thread_doubles_nothing(engine: Engine, kind: str) -> None:
    account = engine.account("twitter")
    rows = threaded(engine, account)
    one_step()
    engine.practice.fault("twitter", kind, how="reset", where="visible", count=1)
    engine.settle()
    assert states(rows) == ["sent"] * 3
    assert [row["text"] for row in everything(engine, account)] == THREAD


def test_the_link_stands_in_the_last_part_and_its_short_link_belongs_to_that_part(engine: Engine) -> None:
    account = engine.account("twitter")
    said = {"threads": {str(account.pk): THREAD}}
    rows = factories.scheduled(engine.library, account, body="All.", link=LINK, more=said)
    assert [bool(row.payload["link"]) for row in rows] == [False, False, True]
    assert rows[2].link.slug in rows[2].payload["text"]
    assert not hasattr(rows[0], "link")
    assert send_all(engine) == ["sent"] * 3


def test_a_link_that_does_not_fit_into_the_last_part_gets_a_part_of_its_own(engine: Engine) -> None:
    account = engine.account("twitter")
    said = parts.parts("", {"thread": ["One.", "x" * 280]}, LINK, account)
    assert [part.text for part in said] == ["One.", "x" * 280, LINK]
    assert [part.carries for part in said] == [False, False, True]


def test_the_rest_of_a_thread_is_held_when_a_part_fails_and_goes_on_when_it_is_sent_again(engine: Engine) -> None:
    account = engine.account("twitter")
    rows = threaded(engine, account)
    actions.cancel_delivery(actor=engine.manager, delivery=rows[0])
    assert engine.work() == []
    assert answering.watch_parts() >= 1
    answering.watch_parts()
    assert [list(row.holds.values_list("reason", flat=True)) for row in rows] == [[], ["before"], ["before"]]
    assert engine.notices(f"delivery:{rows[1].pk}")
    actions.send_again(actor=engine.manager, delivery=fresh(rows[0]))
    while answering.watch_parts():
        pass
    assert not Hold.objects.exists() and not engine.notices(f"delivery:{rows[1].pk}")
    engine.settle()
    assert states(rows) == ["sent"] * 3 and [row["text"] for row in everything(engine, account)] == THREAD


def test_a_part_that_a_person_found_cannot_be_answered_so_the_rest_waits_for_people(engine: Engine) -> None:
    account = engine.account("twitter")
    rows = threaded(engine, account)
    engine.practice.fault("twitter", "before", how="reset", where="visible", count=1)
    engine.work()
    Delivery.objects.filter(pk=rows[0].pk).update(state="attention")
    actions.resolve_delivery(actor=engine.manager, delivery=fresh(rows[0]), answer="up")
    assert engine.work() == [] and answering.watch_parts()
    assert rows[1].holds.get().reason == "before"


def test_recalling_takes_a_thread_down_from_its_end(engine: Engine) -> None:
    account = engine.account("twitter")
    rows = threaded(engine, account)
    send_all(engine)
    began = engine.practice.mark()
    actions.recall_post(actor=engine.manager, post=rows[0].post)
    for _ in range(4):
        engine.work(TAKEDOWN)
        engine.later(5)
    assert everything(engine, account) == []
    gone = [e["path"].rsplit("/", 1)[-1] for e in engine.practice.log(began) if e["method"] == "DELETE"]
    assert gone == [fresh(row).remote_id for row in reversed(rows)]


@pytest.mark.parametrize("network", ["facebook", "instagram", "linkedin"])
def test_a_first_comment_follows_its_post_and_is_found_after_a_lost_answer(engine: Engine, network: str) -> None:
    account = engine.account(network)
    rows = commented(engine, account)
    assert [row.part for row in rows] == [0, 1]
    one_step()
    engine.practice.fault(network, "after", how="reset", where="visible", count=1)
    engine.settle()
    assert states(rows) == ["sent", "sent"]
    who = lines.fresh_identity(account, deadline=5)
    page = lines.adapter(network, "practice").comments(who, fresh(rows[0]).remote_id, None)
    assert [(one.text, one.is_ours) for one in page.items] == [("Sign up at the desk.", True)]
    assert page.items[0].remote_id == fresh(rows[1]).remote_id


def test_a_first_comment_on_x_is_the_last_part_of_the_thread(engine: Engine) -> None:
    account = engine.account("twitter")
    rows = threaded(engine, account, first_comment={"text": "Questions? Ask us.", "accounts": [account.pk]})
    assert [row.payload["text"] for row in rows] == [*THREAD, "Questions? Ask us."]
    assert send_all(engine) == ["sent"] * 4


def test_a_first_comment_goes_down_with_its_post(engine: Engine) -> None:
    account = engine.account("facebook")
    rows = commented(engine, account)
    engine.settle()
    actions.recall_post(actor=engine.manager, post=rows[0].post)
    engine.work(TAKEDOWN)
    assert {t.delivery_id: t.state for t in Takedown.objects.all()} == {row.pk: "sent" for row in rows}


def test_a_new_version_with_fewer_parts_leaves_the_others_out(engine: Engine) -> None:
    account = engine.account("twitter")
    rows = threaded(engine, account)
    post = rows[0].post
    post.refresh_from_db()
    copy = post.working_copy
    actions.save_copy(
        actor=engine.author, post=post, version=copy.version,
        content={**copy.content, "threads": {str(account.pk): THREAD[:2]}},
    )  # fmt: skip
    revision = actions.submit_post(actor=engine.author, post=post, planned_for=None)
    actions.review_post(actor=engine.manager, post=post, revision=revision, verdict="approve")
    actions.schedule_post(actor=engine.manager, post=post)
    assert states(rows) == ["scheduled", "scheduled", "cancelled"]
    assert send_all(engine) == ["sent", "sent"]
