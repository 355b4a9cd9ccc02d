"""The X twin against x.md sections 2, 3, 5 to 10."""

from __future__ import annotations

import base64
import time

import pytest

from tests.contracts.twins.support import Account, Net, X, picture

EPOCH_MS = 1_288_834_974_657


def upload(x: Account, data: bytes | None = None, category: str = "tweet_image") -> dict:
    answer = x.post(f"{X}/media/upload", data={"media_category": category}, files={"media": ("a.jpg", data or picture())})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def tweet(x: Account, **body: object) -> dict:
    answer = x.post(f"{X}/tweets", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def refused(x: Account, **body: object) -> tuple[int, str]:
    answer = x.post(f"{X}/tweets", json=body)
    return answer.status_code, answer.json()["detail"]


# --- create -------------------------------------------------------------------------------------------------------


def test_a_post_with_a_link_and_a_picture(net: Net, x: Account) -> None:
    media = upload(x)
    answer = x.post(f"{X}/tweets", json={"text": "Release 2.1 is out https://example.org/r/2.1", "media": {"media_ids": [media["id"]]}})
    assert answer.status_code == 201
    data = answer.json()["data"]
    words = data["text"].split(" ")
    assert words[:4] == ["Release", "2.1", "is", "out"] and [w[:13] for w in words[4:]] == ["https://t.co/"] * 2
    assert data["edit_history_tweet_ids"] == [data["id"]]
    assert answer.headers["x-rate-limit-limit"] == "100" and answer.headers["x-rate-limit-remaining"] == "99"
    assert int(answer.headers["x-rate-limit-reset"]) > time.time()
    asked = {"max_results": 5, "tweet.fields": "created_at,entities,attachments"}
    seen = x.get(f"{X}/users/{x.id}/tweets", params=asked).json()
    told = seen["data"][0]
    assert told["attachments"]["media_keys"] == [media["media_key"]] == [f"3_{media['id']}"]
    link = told["entities"]["urls"][0]
    assert link["expanded_url"] == "https://example.org/r/2.1" and told["text"][link["start"]:link["end"]] == link["url"]
    assert link["display_url"] == "example.org/r/2.1" and told["created_at"].endswith("Z")
    assert seen["meta"] == {"result_count": 1, "newest_id": data["id"], "oldest_id": data["id"]}
    page = net.get(f"/x.com/{x.made['handle']}/status/{data['id']}")
    assert page.status_code == 200 and "Release 2.1" in page.text


def test_ids_carry_their_time(net: Net, x: Account) -> None:
    first = tweet(x, text="One")
    at = ((int(first["id"]) >> 22) + EPOCH_MS) / 1000
    assert abs(at - time.time()) < 5
    net.advance(3600)
    second = tweet(x, text="Two")
    assert ((int(second["id"]) >> 22) + EPOCH_MS) / 1000 - at > 3500
    since = str((int((at - 1) * 1000) - EPOCH_MS) << 22)
    assert len(x.get(f"{X}/users/{x.id}/tweets", params={"since_id": since}).json()["data"]) == 2


def test_signs_come_back_as_entities(x: Account) -> None:
    assert tweet(x, text="Tom & Jerry <3 > cats")["text"] == "Tom &amp; Jerry &lt;3 &gt; cats"


def test_unknown_fields_and_mixtures_are_refused(x: Account) -> None:
    status, _ = refused(x, text="x", colour="red")
    assert status == 400
    media = upload(x)["id"]
    assert refused(x, text="x", media={"media_ids": [media]}, poll={"options": ["a", "b"], "duration_minutes": 5})[0] == 400
    assert refused(x, text="")[0] == 400
    tweet(x, text="", media={"media_ids": [media]})


@pytest.mark.parametrize("poll", [{"options": ["a"], "duration_minutes": 5}, {"options": ["a", "b" * 26], "duration_minutes": 5},
                                  {"options": ["a", "b"], "duration_minutes": 4}, {"options": list("abcde"), "duration_minutes": 5}])
def test_poll_limits(x: Account, poll: dict) -> None:
    assert refused(x, text="Which?", poll=poll)[0] == 400
    tweet(x, text="Which?", poll={"options": ["a", "b" * 25], "duration_minutes": 10_080})


def test_delete_also_what_is_gone(net: Net, x: Account) -> None:
    made = tweet(x, text="Oops")["id"]
    for _ in range(2):
        assert x.delete(f"{X}/tweets/{made}").json() == {"data": {"deleted": True}}
    assert net.book("twitter")[0]["deleted"]
    gone = x.get(f"{X}/tweets/{made}")
    assert gone.status_code == 200 and gone.json()["errors"][0]["type"].endswith("resource-not-found")
    other = net.account("twitter")
    theirs = tweet(other, text="Mine")["id"]
    assert x.delete(f"{X}/tweets/{theirs}").status_code == 403


# --- duplicates, replies, money -----------------------------------------------------------------------------------


def test_the_same_words_are_refused_within_the_window(net: Net, x: Account) -> None:
    tweet(x, text="Story time")
    answer = x.post(f"{X}/tweets", json={"text": "Story  time"})
    assert answer.status_code == 403 and answer.json() == {
        "detail": "You are not allowed to create a Tweet with duplicate content.", "type": "about:blank", "title": "Forbidden", "status": 403}
    net.advance(86_401)
    x2 = x.net.door("GET", "/__settings")
    assert x2["clock_offset_s"] == 86_401
    net.set(x_duplicate_s=10, clock_offset_s=60)
    tweet(x, text="Story time")


def test_replies_only_to_who_engaged_us(net: Net, x: Account) -> None:
    other = net.account("twitter")
    theirs = tweet(other, text="A stranger's words")["id"]
    status, detail = refused(x, text="Hello", reply={"in_reply_to_tweet_id": theirs})
    assert status == 403 and detail.startswith("Reply to this conversation is not allowed because you have not been mentioned")
    calling = tweet(other, text=f"Hey @{x.made['handle']} are you open?")["id"]
    tweet(x, text="Until nine.", reply={"in_reply_to_tweet_id": calling})
    own = tweet(x, text="A thread")["id"]
    tweet(x, text="Part two", reply={"in_reply_to_tweet_id": own})
    patron = net.comment("twitter", own, "Lovely thread")
    tweet(x, text="Thank you", reply={"in_reply_to_tweet_id": patron})
    net.set(x_reply_policy="open")
    tweet(x, text="Hello stranger", reply={"in_reply_to_tweet_id": theirs})


def test_quotes_are_off_and_one_cashtag_is_the_most(net: Net, x: Account) -> None:
    made = tweet(x, text="Original")["id"]
    assert refused(x, text="Look", quote_tweet_id=made)[0] == 403
    net.set(x_quotes=True)
    tweet(x, text="Look", quote_tweet_id=made)
    assert refused(x, text="Buy $AAPL and $MSFT")[0] == 403


def test_credits_run_out(net: Net, x: Account) -> None:
    net.set(x_credits_usd=0.215)
    tweet(x, text="No link")
    tweet(x, text="A link https://example.org")
    answer = x.post(f"{X}/tweets", json={"text": "Broke"})
    assert answer.status_code == 402 and answer.json()["title"] == "CreditsDepleted"
    assert answer.json()["type"] == "https://api.x.com/2/problems/credits" and len(net.book("twitter")) == 2


# --- counting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "taken"), [
    ("a" * 280, True), ("a" * 281, False), ("故" * 140, True), ("故" * 141, False), ("👨‍👩‍👧‍👦" * 140, True), ("👨‍👩‍👧‍👦" * 141, False),
    ("a" * 256 + " https://example.org/" + "b" * 300, True), ("a" * 257 + " https://example.org/b", False),
    ("a" * 256 + " example.org/b", True), ("a" * 257 + " example.org/b", False), ("bad \ufeff", False), ("no\ufffe", False)])
def test_length_as_x_counts_it(x: Account, text: str, taken: bool) -> None:
    answer = x.post(f"{X}/tweets", json={"text": text})
    assert (answer.status_code == 201) is taken
    if not taken and "\ufeff" not in text and "\ufffe" not in text:
        assert answer.status_code == 400 and answer.json()["detail"].startswith("Your Tweet text is too long.")


# --- media --------------------------------------------------------------------------------------------------------


def test_one_shot_by_file_and_by_base64_with_alt_text(net: Net, x: Account) -> None:
    by_file = upload(x)
    assert by_file["expires_after_secs"] == 86_400 and by_file["size"] == len(picture())
    by_text = x.post(f"{X}/media/upload", json={"media": base64.b64encode(picture()).decode(), "media_category": "tweet_image"})
    name = by_text.json()["data"]["id"]
    answer = x.post(f"{X}/media/metadata", json={"id": name, "metadata": {"alt_text": {"text": "A red door"}}})
    assert answer.json() == {"data": {"id": name, "associated_metadata": {"alt_text": {"text": "A red door"}}}}
    tweet(x, text="Doors", media={"media_ids": [by_file["id"], name]})
    assert [m["alt"] for m in net.book("twitter")[0]["media"]] == ["", "A red door"]


def test_an_upload_in_pieces(net: Net, x: Account) -> None:
    data = picture(900, 900)
    body = {"media_type": "video/mp4", "total_bytes": len(data), "media_category": "tweet_video"}
    started = x.post(f"{X}/media/upload/initialize", json=body).json()["data"]
    assert started["media_key"] == f"13_{started['id']}" and started["expires_after_secs"] == 86_400
    half = len(data) // 2
    for index, part in ((1, data[half:]), (0, data[:half]), (0, data[:half])):
        sent = x.post(f"{X}/media/upload/{started['id']}/append", data={"segment_index": index}, files={"media": part})
        assert sent.status_code == 200
    told = x.post(f"{X}/media/upload/{started['id']}/finalize").json()["data"]
    assert told["size"] == len(data) and told["processing_info"] == {"state": "pending", "check_after_secs": 1}
    assert refused(x, text="Too soon", media={"media_ids": [started["id"]]}) == (400, "Your media IDs are invalid.")
    status = {"command": "STATUS", "media_id": started["id"]}
    states = [x.get(f"{X}/media/upload", params=status).json()["data"]["processing_info"]["state"] for _ in range(2)]
    assert states == ["in_progress", "succeeded"]
    tweet(x, text="Now", media={"media_ids": [started["id"]]})


def test_media_that_is_not_ours_not_there_or_too_old(net: Net, x: Account) -> None:
    assert refused(x, text="x", media={"media_ids": ["1"]}) == (400, "Your media IDs are invalid.")
    mine, other = upload(x)["id"], net.account("twitter")
    assert refused(other, text="x", media={"media_ids": [mine]})[0] == 400
    net.advance(5000)
    tweet(x, text="Still good", media={"media_ids": [mine]})


def test_media_expire_after_a_day(net: Net) -> None:
    net.advance(-86_401)
    x = net.account("twitter")
    mine = upload(x)["id"]
    net.advance(0)
    fresh = net.door("POST", "/__world", {"network": "twitter", "accounts": 1})
    assert fresh
    answer = x.post(f"{X}/tweets", json={"text": "x", "media": {"media_ids": [mine]}})
    assert answer.status_code == 401        # the token of two hours is gone as well: nothing of that day is left


def test_a_post_has_four_pictures_at_most_or_one_gif(x: Account) -> None:
    ids = [upload(x, picture(60, 60, colour=c))["id"] for c in ("red", "green", "blue", "white", "black")]
    tweet(x, text="Four", media={"media_ids": ids[:4]})
    assert refused(x, text="Five", media={"media_ids": ids})[0] == 400
    gif = upload(x, picture(60, 60, "GIF"), "tweet_gif")
    assert refused(x, text="Mixed", media={"media_ids": [ids[0], gif["id"]]})[0] == 400


def test_picture_size_and_kind(x: Account) -> None:
    path, most = f"{X}/media/upload", 5 * 1024 * 1024
    at_most = picture() + b"\0" * (most - len(picture()))
    assert x.post(path, data={"media_category": "tweet_image"}, files={"media": at_most}).status_code == 200
    assert x.post(path, data={"media_category": "tweet_image"}, files={"media": at_most + b"\0"}).status_code == 413
    assert x.post(path, data={"media_category": "tweet_image"}, files={"media": b"<html>"}).status_code == 400
    assert x.post(path, data={"media_category": "poster"}, files={"media": picture()}).status_code == 400
    for kind in ("PNG", "WEBP"):
        upload(x, picture(60, 60, kind))


@pytest.mark.parametrize(("length", "status"), [(1000, 200), (1001, 400), (0, 400)])
def test_alt_text_has_1000_characters(x: Account, length: int, status: int) -> None:
    body = {"id": upload(x)["id"], "metadata": {"alt_text": {"text": "a" * length}}}
    assert x.post(f"{X}/media/metadata", json=body).status_code == status


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_timeline_pages_and_is_bounded(net: Net, x: Account) -> None:
    made = [tweet(x, text=f"Number {n}")["id"] for n in range(7)][::-1]
    first = x.get(f"{X}/users/{x.id}/tweets", params={"max_results": 5}).json()
    second = x.get(f"{X}/users/{x.id}/tweets", params={"max_results": 5, "pagination_token": first["meta"]["next_token"]}).json()
    assert [row["id"] for row in first["data"] + second["data"]] == made and "next_token" not in second["meta"]
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    nothing = x.get(f"{X}/users/{x.id}/tweets", params={"start_time": later}).json()
    assert "data" not in nothing and nothing["meta"] == {"result_count": 0}
    assert x.get(f"{X}/users/{x.id}/tweets", params={"max_results": 4}).status_code == 400
    assert x.get(f"{X}/users/{x.id}/tweets", params={"start_time": "yesterday"}).status_code == 400
    net.fault("twitter", "shift")
    again = x.get(f"{X}/users/{x.id}/tweets", params={"max_results": 5, "pagination_token": first["meta"]["next_token"]}).json()
    assert [row["id"] for row in again["data"]] == made[4:]


def test_fresh_posts_may_be_missing_from_lists(net: Net, x: Account) -> None:
    tweet(x, text="Fresh")
    net.fault("twitter", "listing_lag", seconds=60)
    assert "data" not in x.get(f"{X}/users/{x.id}/tweets").json()
    assert len(x.get(f"{X}/users/{x.id}/tweets").json()["data"]) == 1


def test_replies_are_found_by_conversation(net: Net, x: Account) -> None:
    root = tweet(x, text="Story time")["id"]
    patron = net.comment("twitter", root, "Is it free?")
    ours = tweet(x, text="It is", reply={"in_reply_to_tweet_id": patron})["id"]
    asked = {"query": f"conversation_id:{root} is:reply", "expansions": "author_id",
             "tweet.fields": "created_at,conversation_id,in_reply_to_user_id,referenced_tweets,author_id", "user.fields": "username,name"}
    told = x.get(f"{X}/tweets/search/recent", params=asked).json()
    assert [row["id"] for row in told["data"]] == [ours, patron]
    assert told["data"][0]["referenced_tweets"] == [{"type": "replied_to", "id": patron}]
    assert told["data"][1]["in_reply_to_user_id"] == x.id
    assert {user["username"] for user in told["includes"]["users"]} == {"Ann", x.made["handle"]}
    newer = x.get(f"{X}/tweets/search/recent", params={**asked, "since_id": patron}).json()
    assert [row["id"] for row in newer["data"]] == [ours]
    net.advance(8 * 86_400)
    assert x.get(f"{X}/tweets/search/recent", params=asked).status_code == 401      # two hours are long over
    assert x.get(f"{X}/tweets/search/recent", params={"query": ""}).status_code in (400, 401)


def test_search_refuses_what_it_does_not_know(x: Account) -> None:
    for query in ("", "a" * 513, "nonsense:1"):
        assert x.get(f"{X}/tweets/search/recent", params={"query": query}).status_code == 400
    assert x.get(f"{X}/tweets/search/recent", params={"query": "hello", "max_results": 9}).status_code == 400


def test_mentions_and_hiding_a_reply(net: Net, x: Account) -> None:
    root = tweet(x, text="Story time")["id"]
    patron = net.comment("twitter", root, "Rude words")
    assert [row["id"] for row in x.get(f"{X}/users/{x.id}/mentions").json()["data"]] == [patron]
    token = net.x_login("tweet.read tweet.write users.read tweet.moderate.write").json()["access_token"]
    seed = {"Authorization": f"Bearer {token}"}
    own = net.post(f"{X}/tweets", json={"text": "Ours"}, headers=seed).json()["data"]["id"]
    theirs = net.comment("twitter", own, "Rude")
    assert net.call("PUT", f"{X}/tweets/{theirs}/hidden", json={"hidden": True}, headers=seed).json() == {"data": {"hidden": True}}
    assert net.call("PUT", f"{X}/tweets/{patron}/hidden", json={"hidden": True}, headers=seed).status_code == 403


def test_metrics_for_all_and_for_ourselves(net: Net, x: Account) -> None:
    made = tweet(x, text="Story time")["id"]
    net.comment("twitter", made, "Hello")
    told = x.get(f"{X}/tweets/{made}", params={"tweet.fields": "public_metrics,non_public_metrics"}).json()["data"]
    assert told["public_metrics"]["reply_count"] == 1 and "impression_count" in told["non_public_metrics"]
    other = net.account("twitter")
    answer = other.get(f"{X}/tweets", params={"ids": f"{made},1", "tweet.fields": "public_metrics,non_public_metrics"}).json()
    assert "non_public_metrics" not in answer["data"][0]
    assert {e["type"].rsplit("/", 1)[1] for e in answer["errors"]} == {"resource-not-found", "not-authorized-for-field"}


def test_who_am_i(x: Account) -> None:
    told = x.get(f"{X}/users/me", params={"user.fields": "username,profile_image_url,verified_type,public_metrics"}).json()["data"]
    assert told["id"] == x.id and told["username"] == x.made["handle"] and "followers_count" in told["public_metrics"]


# --- limits and errors --------------------------------------------------------------------------------------------


def test_a_hundred_posts_in_fifteen_minutes(net: Net, x: Account) -> None:
    for n in range(100):
        tweet(x, text=f"Number {n}")
    answer = x.post(f"{X}/tweets", json={"text": "One more"})
    assert answer.status_code == 429 and "Retry-After" not in answer.headers
    assert answer.json() == {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    assert answer.headers["x-rate-limit-remaining"] == "0" and int(answer.headers["x-rate-limit-reset"]) > time.time()
    net.advance(901)
    tweet(x, text="One more")


def test_the_other_shape_of_429_and_the_daily_budget_of_the_application(net: Net, x: Account) -> None:
    net.set(x_429_shape="legacy", x_app_posts_per_day=1)
    tweet(x, text="One")
    answer = x.post(f"{X}/tweets", json={"text": "Two"})
    assert answer.status_code == 429 and answer.json() == {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}
    assert answer.headers["x-app-limit-24hour-remaining"] == "0"
    assert int(answer.headers["x-app-limit-24hour-reset"]) > time.time() + 80_000


def test_users_me_is_for_75_calls(net: Net, x: Account) -> None:
    net.set(x_limits={"users.me": 1})
    assert [x.get(f"{X}/users/me").status_code for _ in range(2)] == [200, 429]


def test_no_token_expired_and_revoked(net: Net, x: Account) -> None:
    body = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    assert net.get(f"{X}/users/me").json() == body
    net.door("POST", "/__expire", {"network": "x", "account": x.id, "how": "revoke"})
    answer = x.post(f"{X}/tweets", json={"text": "x"})
    assert answer.status_code == 401 and answer.json() == body
    fresh = net.account("twitter")
    net.advance(7201)
    assert fresh.get(f"{X}/users/me").status_code == 401


def test_a_scope_that_is_missing(net: Net) -> None:
    token = net.x_login("tweet.read users.read").json()["access_token"]
    answer = net.post(f"{X}/tweets", json={"text": "x"}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403 and answer.json()["detail"] == "You are not permitted to perform this action."


def test_503_after_the_post_was_made(net: Net, x: Account) -> None:
    net.fault("x", "after", how="error")
    answer = x.post(f"{X}/tweets", json={"text": "Story time"})
    assert answer.status_code == 503 and answer.json() == {
        "title": "Service Unavailable", "detail": "Service Unavailable", "type": "about:blank", "status": 503}
    assert len(net.book("twitter")) == 1


def test_unknown_paths(x: Account) -> None:
    assert x.get(f"{X}/nonsense").status_code == 404 and x.get("/api.x.com/1.1/statuses/update.json").status_code == 404
