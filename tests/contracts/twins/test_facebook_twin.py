"""The Facebook twin against facebook.md sections 2 to 8."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import pytest

from tests.contracts.twins.support import GRAPH, Account, Net, Shelf, graph_error, picture


def photo(page: Account, **fields: str) -> str:
    answer = page.post(f"{GRAPH}/{page.id}/photos", data={"published": "false", **fields},
                       files={"source": ("a.jpg", picture(), "image/jpeg")})
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def post(page: Account, **fields: object) -> str:
    answer = page.post(f"{GRAPH}/{page.id}/feed", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


# --- publishing ---------------------------------------------------------------------------------------------------


def test_a_text_post_with_a_link_and_its_permalink(net: Net, page: Account) -> None:
    made = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "Opening hours change on Monday",
                                                     "link": "https://example.org/hours"})
    assert made.status_code == 200 and made.json()["id"].startswith(f"{page.id}_")
    asked = page.get(f"{GRAPH}/{made.json()['id']}", params={"fields": "permalink_url"}).json()
    assert asked["id"] == made.json()["id"]
    assert asked["permalink_url"] == f"{net.url}/www.facebook.com/{page.id}/posts/{asked['id'].split('_')[1]}"
    assert "Opening hours" in net.get(asked["permalink_url"]).text


def test_a_post_answers_with_its_permalink_when_asked_on_the_way(page: Account) -> None:
    made = page.post(f"{GRAPH}/{page.id}/feed", params={"fields": "id,permalink_url"}, data={"message": "Hello"}).json()
    assert made["permalink_url"].endswith(made["id"].split("_")[1])


def test_a_post_needs_something(page: Account) -> None:
    assert graph_error(page.post(f"{GRAPH}/{page.id}/feed", json={"message": ""}))[0] == 100


def test_the_token_may_travel_in_the_query(net: Net, page: Account) -> None:
    assert net.post(f"{GRAPH}/{page.id}/feed", params={"message": "By query", "access_token": page.token}).status_code == 200


def test_one_photo_has_an_id_and_its_post_another(net: Net, page: Account) -> None:
    made = page.post(f"{GRAPH}/{page.id}/photos", data={"caption": "Doors", "alt_text_custom": "A red door"},
                     files={"source": ("a.jpg", picture(), "image/jpeg")}).json()
    assert made["post_id"].startswith(f"{page.id}_") and made["id"] not in made["post_id"].split("_")
    held = net.book("facebook")[0]
    assert held["text"] == "Doors" and held["media"][0]["alt"] == "A red door" and held["visible"]


def test_an_unpublished_photo_has_no_post(net: Net, page: Account) -> None:
    answer = page.post(f"{GRAPH}/{page.id}/photos", data={"published": "false"},
                       files={"source": ("a.jpg", picture(), "image/jpeg")})
    assert set(answer.json()) == {"id"} and net.book("facebook") == []


def test_a_photo_is_fetched_from_its_address(net: Net, page: Account, shelf: Shelf) -> None:
    answer = page.post(f"{GRAPH}/{page.id}/photos", data={"url": shelf.put(picture(colour="navy")), "published": "false"})
    assert answer.status_code == 200
    missing = page.post(f"{GRAPH}/{page.id}/photos", data={"url": shelf.put(picture()) + "no", "published": "false"})
    assert graph_error(missing) == (100, 2061006)


@pytest.mark.parametrize("writing", ["json text", "json body", "indexed"])
def test_several_photos_are_attached_however_they_are_written(net: Net, page: Account, writing: str) -> None:
    ids = [photo(page, alt_text_custom="A red door"), photo(page)]
    entries = [{"media_fbid": name} for name in ids]
    path = f"{GRAPH}/{page.id}/feed"
    if writing == "json body":
        answer = page.post(path, json={"message": "Doors", "attached_media": entries})
    elif writing == "json text":
        answer = page.post(path, data={"message": "Doors", "attached_media": json.dumps(entries)})
    else:
        answer = page.post(path, data={"message": "Doors", **{f"attached_media[{n}]": json.dumps(e) for n, e in enumerate(entries)}})
    assert answer.status_code == 200, answer.text
    told = page.get(f"{GRAPH}/{answer.json()['id']}", params={"fields": "attachments{subattachments{target{id}}}"}).json()
    assert [a["target"]["id"] for a in told["attachments"]["data"][0]["subattachments"]["data"]] == ids
    assert [m["alt"] for m in net.book("facebook")[0]["media"]] == ["A red door", ""]


def test_a_python_list_sent_as_a_form_is_refused(page: Account) -> None:
    answer = page.post(f"{GRAPH}/{page.id}/feed", data={"message": "Doors", "attached_media": "{'media_fbid': '1'}"})
    assert graph_error(answer)[0] == 100


def test_photos_used_once_cannot_be_used_again(page: Account) -> None:
    body = {"message": "Doors", "attached_media": [{"media_fbid": photo(page)}, {"media_fbid": photo(page)}]}
    first = post(page, **body)
    again = page.post(f"{GRAPH}/{page.id}/feed", json=body)
    assert graph_error(again) == (100, 1366051)
    assert again.json()["error"]["error_user_msg"] == "These photos were already posted."
    asked = page.get(f"{GRAPH}/{body['attached_media'][0]['media_fbid']}", params={"fields": "page_story_id,link"}).json()
    assert asked["page_story_id"] == first and page.net.get(asked["link"]).status_code == 200


def test_a_draft_becomes_public_once_and_stays_so(net: Net, page: Account) -> None:
    draft = post(page, message="Soon", published=False, attached_media=[{"media_fbid": photo(page)}])
    assert [row["visible"] for row in net.book("facebook")] == [False]
    assert page.get(f"{GRAPH}/{draft}", params={"fields": "is_published,permalink_url"}).json()["is_published"] is False
    for _ in range(2):
        assert page.post(f"{GRAPH}/{draft}", data={"is_published": "true"}).json() == {"success": True}
    assert [row["visible"] for row in net.book("facebook")] == [True]
    assert graph_error(page.post(f"{GRAPH}/{draft}", data={"is_published": "false"}))[0] == 100


def test_two_drafts_with_the_same_photos_make_one_post(net: Net, page: Account) -> None:
    body = {"message": "Soon", "published": False, "attached_media": [{"media_fbid": photo(page)}]}
    first, second = post(page, **body), post(page, **body)
    assert page.post(f"{GRAPH}/{first}", data={"is_published": "true"}).status_code == 200
    assert graph_error(page.post(f"{GRAPH}/{second}", data={"is_published": "true"})) == (100, 1366051)


def test_a_scheduled_post_appears_when_its_time_has_come(net: Net, page: Account) -> None:
    due = int(time.time()) + 3600
    made = post(page, message="Later", published=False, scheduled_publish_time=due)
    assert not net.book("facebook")[0]["visible"]
    assert page.get(f"{GRAPH}/{page.id}/scheduled_posts").json()["data"][0]["id"] == made
    net.advance(3700)
    assert net.book("facebook")[0]["visible"]


@pytest.mark.parametrize("ahead", [500, 31 * 86_400])
def test_scheduling_is_for_ten_minutes_to_thirty_days_ahead(page: Account, ahead: int) -> None:
    answer = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "x", "published": False,
                                                       "scheduled_publish_time": int(time.time()) + ahead})
    assert graph_error(answer)[0] == 100


def test_the_same_text_twice_running_is_a_duplicate_of_the_last_post_only(page: Account) -> None:
    post(page, message="Story time")
    again = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "Story time"})
    assert graph_error(again) == (506, 1455006)
    assert again.json()["error"]["error_user_title"] == "Duplicate Status Update"
    post(page, message="Something else")
    post(page, message="Story time")


def test_edit_and_delete(net: Net, page: Account) -> None:
    made = post(page, message="Mistake")
    assert page.post(f"{GRAPH}/{made}", data={"message": "Right"}).json() == {"success": True}
    assert net.book("facebook")[0]["text"] == "Right"
    assert page.delete(f"{GRAPH}/{made}").json() == {"success": True}
    second = page.delete(f"{GRAPH}/{made}")
    assert second.status_code == 400 and graph_error(second) == (100, 33)
    assert net.book("facebook")[0]["deleted"]


# --- reading ------------------------------------------------------------------------------------------------------


def test_published_posts_newest_first_with_paging_to_the_end(page: Account) -> None:
    made = [post(page, message=f"Number {n}") for n in range(5)]
    post(page, message="hidden", published=False)
    path, found = f"{page.net.url}{GRAPH}/{page.id}/published_posts?fields=id,message,created_time,application&limit=2", []
    while path:
        answer = page.get(path).json()
        found += answer["data"]
        path = answer["paging"].get("next")
        assert not path or f"access_token={page.token}" in path
    assert [row["id"] for row in found] == made[::-1] and found[0]["application"]["id"] == "practice"


def test_lists_can_be_bounded_in_time_and_lag_behind(net: Net, page: Account) -> None:
    post(page, message="Old")
    at = net.book("facebook")[0]["at"]
    listing = f"{GRAPH}/{page.id}/published_posts"
    assert page.get(listing, params={"since": int(at) + 60}).json()["data"] == []
    assert len(page.get(listing, params={"since": int(at) - 60}).json()["data"]) == 1
    net.fault("facebook", "listing_lag", seconds=30)
    assert page.get(listing).json()["data"] == [] and len(page.get(listing).json()["data"]) == 1


def test_a_shifted_page_repeats_an_item(net: Net, page: Account) -> None:
    made = [post(page, message=f"Number {n}") for n in range(4)][::-1]
    first = page.get(f"{GRAPH}/{page.id}/feed", params={"limit": 2}).json()
    net.fault("facebook", "shift")
    second = page.get(f"{GRAPH}/{page.id}/feed", params={"limit": 2, "after": first["paging"]["cursors"]["after"]}).json()
    assert [row["id"] for row in second["data"]] == made[1:3]


def test_comments_flat_or_in_two_levels(net: Net, page: Account) -> None:
    made = post(page, message="Story time")
    root = net.comment("facebook", made, "Is it free?")
    answer = page.post(f"{GRAPH}/{root}/comments", data={"message": "It is."}).json()["id"]
    deeper = page.post(f"{GRAPH}/{answer}/comments", data={"message": "Always."}).json()["id"]
    path, fields = f"{GRAPH}/{made}/comments", "id,message,from,parent,created_time,is_hidden"
    flat = page.get(path, params={"filter": "stream", "fields": fields, "summary": "true"}).json()
    assert [row["id"] for row in flat["data"]] == [root, answer, deeper] and flat["summary"]["total_count"] == 3
    assert [row.get("parent", {}).get("id") for row in flat["data"]] == [None, root, root]
    assert flat["data"][1]["from"]["id"] == page.id
    assert [row["id"] for row in page.get(path).json()["data"]] == [root]
    turned = page.get(path, params={"filter": "stream", "order": "reverse_chronological", "limit": 1}).json()
    assert turned["data"][0]["id"] == deeper and "next" in turned["paging"]
    assert len(page.get(f"{GRAPH}/{root}/comments").json()["data"]) == 2


def test_a_user_token_sees_no_comments_without_a_word(net: Net, page: Account) -> None:
    made = post(page, message="Story time")
    net.comment("facebook", made, "Hello")
    user = {"Authorization": f"Bearer {page.made['token']['user']}"}
    assert net.get(f"{GRAPH}/{made}/comments", headers=user).json() == {"data": []}


def test_comments_are_hidden_edited_and_deleted(net: Net, page: Account) -> None:
    made = post(page, message="Story time")
    theirs, ours = net.comment("facebook", made, "Rude"), page.post(f"{GRAPH}/{made}/comments", data={"message": "First"}).json()["id"]
    assert ours.startswith(made.split("_")[1] + "_")
    assert page.post(f"{GRAPH}/{theirs}", data={"is_hidden": "true"}).json() == {"success": True}
    assert page.get(f"{GRAPH}/{theirs}", params={"fields": "is_hidden"}).json()["is_hidden"] is True
    assert page.post(f"{GRAPH}/{ours}", data={"message": "Changed"}).json() == {"success": True}
    assert page.delete(f"{GRAPH}/{theirs}").json() == {"success": True}
    left = page.get(f"{GRAPH}/{made}/comments", params={"filter": "stream"}).json()["data"]
    assert [row["message"] for row in left] == ["Changed"]


def test_counts_of_many_posts_in_one_call(net: Net, page: Account) -> None:
    first, second = post(page, message="One"), post(page, message="Two")
    net.comment("facebook", first, "Hello")
    told = page.get(f"{GRAPH}/", params={"ids": f"{first},{second}", "fields": (
        "shares,comments.limit(0).summary(true),reactions.limit(0).summary(total_count)")}).json()
    assert told[first]["comments"]["summary"]["total_count"] == 1 and told[second]["comments"]["summary"]["total_count"] == 0
    assert "total_count" in told[first]["reactions"]["summary"]
    assert graph_error(page.get(f"{GRAPH}/", params={"ids": ",".join("1" * 51)}))[0] == 100


def test_metrics_of_today_and_the_removed_ones(page: Account) -> None:
    made = post(page, message="Story time")
    told = page.get(f"{GRAPH}/{made}/insights", params={"metric": "post_media_view,post_clicks"}).json()["data"]
    assert [row["name"] for row in told] == ["post_media_view", "post_clicks"] and "value" in told[0]["values"][0]
    for gone in ("post_impressions", "post_impressions_unique"):
        answer = page.get(f"{GRAPH}/{made}/insights", params={"metric": f"post_media_view,{gone}"})
        assert graph_error(answer)[0] == 100 and "valid insights metric" in answer.json()["error"]["message"]
    assert page.get(f"{GRAPH}/{page.id}/insights", params={"metric": "page_follows", "period": "day"}).json()["data"]
    assert graph_error(page.get(f"{GRAPH}/{page.id}/insights", params={"metric": "page_fans"}))[0] == 100


def test_a_field_that_does_not_exist_is_named(page: Account) -> None:
    made = post(page, message="Story time")
    answer = page.get(f"{GRAPH}/{made}", params={"fields": "id,colour"})
    assert graph_error(answer)[0] == 100 and "colour" in answer.json()["error"]["message"]


# --- limits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "taken"), [(63_206, True), (63_207, False)])
def test_a_message_has_63206_characters(page: Account, length: int, taken: bool) -> None:
    assert (page.post(f"{GRAPH}/{page.id}/feed", json={"message": "a" * length}).status_code == 200) is taken


@pytest.mark.parametrize(("length", "taken"), [(8_000, True), (8_001, False)])
def test_a_comment_has_8000_characters(page: Account, length: int, taken: bool) -> None:
    made = post(page, message="Story time")
    assert (page.post(f"{GRAPH}/{made}/comments", data={"message": "a" * length}).status_code == 200) is taken


def test_a_photo_must_be_a_picture_and_small_enough(net: Net, page: Account) -> None:
    path = f"{GRAPH}/{page.id}/photos"
    bad = page.post(path, data={"published": "false"}, files={"source": ("a.jpg", b"<html>", "image/jpeg")})
    assert graph_error(bad) == (100, 1366046)
    net.set(facebook_photo_bytes=len(picture()))
    assert page.post(path, data={"published": "false"}, files={"source": ("a.jpg", picture())}).status_code == 200
    net.set(facebook_photo_bytes=len(picture()) - 1)
    assert graph_error(page.post(path, data={"published": "false"}, files={"source": ("a.jpg", picture())})) == (100, 1366046)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_taken(page: Account, kind: str) -> None:
    answer = page.post(f"{GRAPH}/{page.id}/photos", data={"published": "false"}, files={"source": ("a", picture(60, 60, kind))})
    assert answer.status_code == 200


def test_the_load_header_climbs_to_100_then_the_page_is_blocked_and_hammering_makes_it_longer(net: Net, page: Account) -> None:
    net.set(facebook_calls_per_day=4)
    seen = []
    for _ in range(4):
        answer = page.get(f"{GRAPH}/{page.id}")
        seen.append(json.loads(answer.headers["X-Business-Use-Case-Usage"])[page.id][0]["call_count"])
    assert seen == [25, 50, 75, 100]
    waits = []
    for _ in range(3):
        blocked = page.get(f"{GRAPH}/{page.id}")
        assert blocked.status_code == 400 and graph_error(blocked)[0] == 80001 and "Retry-After" not in blocked.headers
        waits.append(json.loads(blocked.headers["X-Business-Use-Case-Usage"])[page.id][0]["estimated_time_to_regain_access"])
    assert waits == sorted(waits) and waits[-1] > waits[0] >= 13
    net.advance(20 * 60)
    assert page.get(f"{GRAPH}/{page.id}").status_code == 200


# --- errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "subcode"), [("revoke", 458), ("expire", 463), ("459", 459), ("460", 460), ("464", 464),
                                              ("467", 467), ("492", 492)])
def test_a_dead_token_says_why(net: Net, page: Account, how: str, subcode: int) -> None:
    net.door("POST", "/__expire", {"network": "facebook", "account": page.id, "how": how})
    answer = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "x"})
    assert graph_error(answer) == (190, subcode)
    assert answer.headers["WWW-Authenticate"].startswith('OAuth "Facebook Platform" "invalid_token"')


def test_without_a_token_and_with_rubbish(net: Net, page: Account) -> None:
    assert graph_error(net.get(f"{GRAPH}/me"))[0] == 2500
    assert graph_error(net.get(f"{GRAPH}/me", headers={"Authorization": "Bearer rubbish"}))[0] == 190


def test_an_old_version_is_served_and_a_future_one_is_not(net: Net, page: Account) -> None:
    assert page.get(f"/graph.facebook.com/v3.1/{page.id}").status_code == 200
    answer = page.get("/graph.facebook.com/v99.0/me")
    assert graph_error(answer)[0] == 2500 and "Unknown path components" in answer.json()["error"]["message"]


def test_another_pages_token_and_a_user_token_may_not_publish(net: Net, page: Account) -> None:
    other = net.account("facebook")
    assert graph_error(other.post(f"{GRAPH}/{page.id}/feed", json={"message": "x"}))[0] == 200
    user = {"Authorization": f"Bearer {page.made['token']['user']}"}
    assert graph_error(net.post(f"{GRAPH}/{page.id}/feed", json={"message": "x"}, headers=user))[0] == 200


def test_an_appsecret_proof_is_checked_when_given(page: Account) -> None:
    good = hmac.new(b"practice-secret", page.token.encode(), hashlib.sha256).hexdigest()
    assert page.get(f"{GRAPH}/{page.id}", params={"appsecret_proof": good}).status_code == 200
    assert graph_error(page.get(f"{GRAPH}/{page.id}", params={"appsecret_proof": "0"}))[0] == 100


def test_code_2_after_the_post_was_made(net: Net, page: Account) -> None:
    net.fault("facebook", "after", how="error")
    answer = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "Story time"})
    assert answer.status_code == 500 and graph_error(answer)[0] == 2 and answer.json()["error"]["is_transient"] is True
    assert len(net.book("facebook")) == 1


def test_throttled_by_order(net: Net, page: Account) -> None:
    net.fault("facebook", "429", where="visible", seconds=780)
    answer = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "x"})
    assert answer.status_code == 400 and graph_error(answer)[0] == 80001
    usage = json.loads(answer.headers["X-Business-Use-Case-Usage"])[page.id][0]
    assert usage["estimated_time_to_regain_access"] == 13 and net.book("facebook") == []
