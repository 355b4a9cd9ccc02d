"""Correcting what is out: edited in place with the same certainty as publishing, and told plainly where it cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from libraries.models import Notice, Role
from libraries.permissions import Refused
from posts import actions
from posts.models import Correction, Delivery, DeliveryReceipt, Post, Review
from scheduler.kinds import CORRECTION, TAKEDOWN
from tests import factories
from tests.flows.engine import LINK, NETWORKS, Engine, fresh, plain, states

WAS, NOW = "The reading room opens at nine.", "The (new) reading room opens at ten. #library"
EDITS = ("facebook", "linkedin")


def published(engine: Engine, *networks: str, **fields: Any) -> list[Delivery]:
    rows = engine.schedule(*[engine.account(network) for network in networks], **{"body": WAS, **fields})
    assert engine.work() == ["sent"] * len(rows)
    return [fresh(row) for row in rows]


def correct(engine: Engine, post: Post, body: str = NOW, **more: Any) -> dict[str, list[Delivery]]:
    post = Post.objects.get(pk=post.pk)
    return actions.correct_post(actor=engine.manager, post=post, revision=post.current_revision, body=body, **more)


def stands(engine: Engine, delivery: Delivery) -> str:
    [there] = engine.book(delivery.account)
    return plain(there["text"])


def test_where_the_network_edits_the_words_change_in_place_and_elsewhere_it_is_said(engine: Engine) -> None:
    rows = {row.platform: row for row in published(engine, *NETWORKS)}
    outcome = correct(engine, rows["facebook"].post)
    assert {kind: [d.platform for d in those] for kind, those in outcome.items()} == {
        "edits": ["facebook", "linkedin"], "again": ["instagram", "twitter"], "cannot": [], "changes": [],
    }  # fmt: skip
    assert engine.work(CORRECTION) == ["sent"] * 2
    for name, row in rows.items():
        assert stands(engine, row) == plain(NOW if name in EDITS else WAS)
        [there] = engine.book(row.account)
        assert [plain(e["text"]) for e in there["edits"]] == ([plain(WAS)] if name in EDITS else [])
        assert fresh(row).said == (NOW if name in EDITS else WAS)


def test_the_new_words_are_a_version_of_the_manager_and_the_author_is_told(engine: Engine) -> None:
    [row] = published(engine, "facebook")
    correct(engine, row.post)
    post = Post.objects.get(pk=row.post_id)
    new = post.current_revision
    assert new is not None and (new.body, new.created_by, post.state) == (NOW, engine.manager.user, "approved")
    review = Review.objects.get(revision=new)
    assert (review.verdict, review.self_review, review.author) == ("approve", False, post.author)
    assert post.working_copy.content["body"] == NOW
    assert Notice.objects.get(key=f"corrected:{post.pk}:{new.pk}").person == post.author
    assert AuditEntry.objects.filter(action="posts.post.corrected", object_id=post.pk).count() == 1
    assert fresh(row).payload["text"] == WAS and row.revision_id != new.pk  # what was sent stays in the record


@pytest.mark.parametrize("network", EDITS)
@pytest.mark.parametrize("kind", ["after", "before"])
def test_a_lost_answer_about_correcting_is_looked_after(engine: Engine, kind: str, network: str) -> None:
    [row] = published(engine, network, link=LINK)
    correct(engine, row.post)
    engine.practice.fault(network, kind, how="reset", where="visible")
    assert engine.work(CORRECTION) == ["unconfirmed"]
    mark = engine.practice.mark()
    engine.settle()
    assert states(Correction.objects.all()) == ["sent"]
    assert stands(engine, row).startswith(plain(NOW)) and stands(engine, row).endswith(plain(row.payload["link"]))
    assert [e["kind"] for e in engine.practice.log(mark)].count("visible") == (0 if kind == "after" else 1)


def test_a_network_that_refuses_leaves_the_old_words_says_so_and_is_asked_again(engine: Engine) -> None:
    [row] = published(engine, "facebook")
    correct(engine, row.post)
    engine.practice.fault("facebook", "status", status=403, where="visible", count=1)
    engine.settle(4)
    assert states(Correction.objects.all()) == ["failed"] and stands(engine, row) == plain(WAS)
    assert engine.notices(f"correction:{row.pk}") and fresh(row).said == WAS
    assert correct(engine, row.post)["edits"] == [row]  # the same words once more
    assert not engine.notices(f"correction:{row.pk}")
    engine.settle(4)
    assert states(Correction.objects.all()) == ["failed", "sent"] and stands(engine, row) == plain(NOW)
    assert row.post.revisions.count() == 2
    with pytest.raises(Refused, match="Nothing was changed"):
        correct(engine, row.post)


def test_an_account_without_the_right_to_edit_is_left_to_a_person(engine: Engine) -> None:
    account = engine.account("linkedin", kind="member")
    [row] = engine.schedule(account, body=WAS)
    engine.work()
    assert correct(engine, row.post)["again"] == [row]
    assert not Correction.objects.exists() and actions.correcting_means(fresh(row)) == "again"


def test_a_right_that_was_taken_away_meanwhile_is_noticed_before_anything_is_sent(engine: Engine) -> None:
    [row] = published(engine, "facebook")
    correct(engine, row.post)
    row.account.facts = {**row.account.facts, "scopes": ["pages_read_engagement"]}
    row.account.save()
    engine.work(CORRECTION)
    assert states(Correction.objects.all()) == ["cancelled"] and engine.notices(f"correction:{row.pk}")
    assert stands(engine, row) == plain(WAS)


def test_the_later_of_two_corrections_stands_in_the_end(engine: Engine) -> None:
    [row] = published(engine, "facebook")
    correct(engine, row.post)
    engine.practice.fault("facebook", "before", how="reset", where="visible")
    assert engine.work(CORRECTION) == ["unconfirmed"]
    correct(engine, row.post, "At eleven, really.")
    assert engine.work(CORRECTION) == ["scheduled"]  # it waits until the first is settled
    engine.settle()
    assert states(Correction.objects.all()) == ["cancelled", "sent"] and stands(engine, row) == "At eleven, really."


def test_what_is_taken_down_is_not_corrected_any_more(engine: Engine) -> None:
    [row] = published(engine, "facebook")
    correct(engine, row.post)
    actions.recall_post(actor=engine.manager, post=row.post)
    engine.work(CORRECTION)
    engine.work(TAKEDOWN)
    assert states(Correction.objects.all()) == ["cancelled"] and engine.book(row.account) == []
    assert not engine.notices(f"correction:{row.pk}") and actions.correcting_means(fresh(row)) == "nothing"


def test_what_is_not_out_yet_goes_out_with_the_new_words(engine: Engine) -> None:
    first, second = engine.schedule(engine.account("facebook"), engine.account("twitter"), body=WAS)
    engine.work(id=first.pk)
    assert correct(engine, first.post)["changes"] == [second]
    engine.settle()
    assert stands(engine, second) == stands(engine, first) == plain(NOW)


def test_while_one_is_in_doubt_nothing_is_corrected(engine: Engine) -> None:
    first, second = engine.schedule(engine.account("facebook"), engine.account("twitter"), body=WAS)
    engine.work(id=first.pk)
    engine.practice.fault("twitter", "after", how="reset")
    assert engine.work() == ["unconfirmed"]
    with pytest.raises(Refused, match="do not know yet"):
        correct(engine, second.post)
    assert first.post.revisions.count() == 1


def test_what_was_read_back_before_is_read_back_anew(engine: Engine) -> None:
    [row] = published(engine, "facebook")
    DeliveryReceipt.objects.create(library_id=row.library_id, realm=row.realm, delivery=row, text=WAS)
    correct(engine, row.post)
    engine.work(CORRECTION)
    assert not DeliveryReceipt.objects.exists()


def test_one_s_own_words_take_a_colleague_unless_the_library_says_otherwise(engine: Engine) -> None:
    post = factories.approved(engine.manager, engine.admin, engine.account("facebook"), body=WAS)
    [row] = actions.schedule_post(actor=engine.admin, post=post)
    engine.work()
    with pytest.raises(Refused, match="a colleague approves those"):
        correct(engine, post)
    assert post.revisions.count() == 1 and not Correction.objects.exists()
    engine.manager.library.self_review = True
    engine.manager.library.save()
    assert correct(engine, post)["edits"] == [fresh(row)]
    assert Review.objects.latest("pk").self_review is True


def test_text_that_does_not_fit_is_refused_and_nothing_is_kept(engine: Engine) -> None:
    [row] = published(engine, "linkedin")
    with pytest.raises(Refused, match="takes 3,000 characters"):
        correct(engine, row.post, "x" * 3001)
    assert row.post.revisions.count() == 1 and Post.objects.get(pk=row.post_id).working_copy.content["body"] == WAS


def test_only_what_is_out_is_corrected_and_only_the_version_that_was_read(engine: Engine) -> None:
    [row] = engine.schedule(engine.account("facebook"), body=WAS)
    with pytest.raises(Refused, match="Only what is published"):
        correct(engine, row.post)
    engine.work()
    old = Post.objects.get(pk=row.post_id).current_revision
    correct(engine, row.post)
    with pytest.raises(Refused, match="changed in the meantime"):
        actions.correct_post(actor=factories.actor(engine.library, Role.MANAGER), post=row.post, revision=old, body="x")


def test_what_cannot_be_edited_comes_down_and_goes_out_again_with_the_new_words(engine: Engine) -> None:
    rows = published(engine, "facebook", "twitter", pictures=0)
    again = actions.post_again(actor=engine.manager, post=rows[0].post, deliveries=correct(engine, rows[0].post)["again"])
    assert (again.author, again.state) == (rows[0].post.author, "approved")
    [new] = again.deliveries.all()
    assert (new.platform, new.state) == ("twitter", "scheduled")
    engine.settle()
    assert states([new]) == ["sent"] and stands(engine, new) == plain(NOW) and stands(engine, rows[0]) == plain(NOW)
    assert [r.verdict for r in Review.objects.filter(revision__post=again)] == ["approve"]


def test_only_who_corrected_it_posts_it_again(engine: Engine) -> None:
    [row] = published(engine, "twitter")
    with pytest.raises(Refused, match="Correct the post first"):
        actions.post_again(actor=engine.manager, post=row.post, deliveries=[row])
    correct(engine, row.post)
    with pytest.raises(Refused, match="Correct the post first"):
        actions.post_again(actor=engine.admin, post=row.post, deliveries=[row])
    assert Post.objects.count() == 1 and engine.book(row.account)


def test_one_dialogue_says_what_can_be_done_where_and_does_it(engine: Engine, client: Client) -> None:
    rows = {row.platform: row for row in published(engine, "facebook", "twitter", pictures=0)}
    post, address = rows["facebook"].post, reverse("posts:correct", args=[rows["facebook"].post_id])
    client.force_login(engine.manager.user)
    page = client.get(reverse("posts:post", args=[post.pk])).content.decode()
    assert 'id="correct"' in page and "changed in place" in page and "taken down and posted again" in page
    assert "Text" in client.get(address).content.decode()  # the same as a page of its own
    said = {"revision": rows["facebook"].revision_id, "body": NOW, "again": "1"}
    answer = client.post(address, said, follow=True)
    assert "The new words go to 1 account." in answer.content.decode() and "posted again by this new post" in answer.content.decode()
    assert "Correcting it." in client.get(reverse("posts:post", args=[post.pk])).content.decode()
    engine.settle()
    page = client.get(reverse("posts:post", args=[post.pk])).content.decode()
    assert "corrected it after it was approved" in page and "Corrected" in page and "<ins>ten</ins>" in page and "Facebook took the new words." in page
    assert stands(engine, rows["facebook"]) == plain(NOW)


def test_what_was_typed_is_kept_where_something_is_wrong(engine: Engine, client: Client) -> None:
    [row] = published(engine, "linkedin")
    client.force_login(engine.manager.user)
    said = {"revision": row.revision_id, "body": "word " * 700}
    answer = client.post(reverse("posts:correct", args=[row.post_id]), said)
    assert answer.status_code == 422 and "word word" in answer.content.decode() and "takes 3,000" in answer.content.decode()
    assert not Correction.objects.exists()


def test_an_account_that_does_not_edit_is_named_where_nobody_asked_for_more(engine: Engine, client: Client) -> None:
    [row] = published(engine, "twitter")
    client.force_login(engine.manager.user)
    said = {"revision": row.revision_id, "body": NOW}
    answer = client.post(reverse("posts:correct", args=[row.post_id]), said, follow=True).content.decode()
    assert "The old words still stand there" in answer and stands(engine, row) == plain(WAS)


def test_a_correction_that_failed_is_shown_until_it_is_asked_for_again(engine: Engine, client: Client) -> None:
    [row] = published(engine, "facebook")
    correct(engine, row.post)
    engine.practice.fault("facebook", "status", status=403, where="visible", count=1)
    engine.settle(3)
    client.force_login(engine.manager.user)
    page = client.get(reverse("posts:post", args=[row.post_id])).content.decode()
    assert "Not corrected." in page and "did not take the new words" in page


@pytest.mark.parametrize("role", [Role.STAFF, Role.VIEWER])
def test_who_may_not_recall_sees_no_button(engine: Engine, client: Client, role: Role) -> None:
    [row] = published(engine, "facebook")
    client.force_login(factories.actor(engine.library, role).user)
    assert 'data-opens="correct"' not in client.get(reverse("posts:post", args=[row.post_id])).content.decode()
    assert client.post(reverse("posts:correct", args=[row.post_id]), {"body": "x"}).status_code == 403
