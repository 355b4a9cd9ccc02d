"""The Instagram twin against instagram.md, both ways of signing in."""

from __future__ import annotations

import pytest

from tests.contracts.twins.support import CLIENT, GRAPH, IG_GRAPH, REDIRECT, Account, Net, Shelf, graph_error, picture

AUTHORIZE = "/www.instagram.com/oauth/authorize"
RIGHTS = "instagram_business_basic,instagram_business_content_publish,instagram_business_manage_comments"


def container(ig: Account, shelf: Shelf, data: bytes | None = None, host: str = GRAPH, **fields: str) -> str:
    answer = ig.post(f"{host}/{ig.id}/media", data={"image_url": shelf.put(data or picture()), **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def refused(ig: Account, shelf: Shelf, data: bytes | None = None, **fields: str) -> tuple[int, int | None]:
    return graph_error(ig.post(f"{GRAPH}/{ig.id}/media", data={"image_url": shelf.put(data or picture()), **fields}))


def publish(ig: Account, name: str, host: str = GRAPH) -> str:
    answer = ig.post(f"{host}/{ig.id}/media_publish", data={"creation_id": name})
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def state(ig: Account, name: str) -> str:
    return ig.get(f"{GRAPH}/{name}", params={"fields": "status_code,status"}).json()["status_code"]


# --- publishing ---------------------------------------------------------------------------------------------------


def test_an_image_from_container_to_permalink(net: Net, ig: Account, shelf: Shelf) -> None:
    made = container(ig, shelf, caption="Morning", alt_text="A red door")
    assert net.book("instagram") == []
    told = ig.get(f"{GRAPH}/{made}", params={"fields": "status_code,status"}).json()
    assert told == {"status_code": "FINISHED", "id": made,
                    "status": "Finished: Media has been uploaded and it is ready to be published."}
    media = publish(ig, made)
    asked = ig.get(f"{GRAPH}/{media}", params={"fields": "id,permalink,shortcode,timestamp,caption,media_type,media_product_type"}).json()
    assert asked["permalink"] == f"{net.url}/www.instagram.com/p/{asked['shortcode']}/" and asked["caption"] == "Morning"
    assert (asked["media_type"], asked["media_product_type"]) == ("IMAGE", "FEED") and asked["timestamp"].endswith("+0000")
    assert net.book("instagram")[0]["media"][0]["alt"] == "A red door" and state(ig, made) == "PUBLISHED"
    assert "Morning" in net.get(asked["permalink"]).text


def test_the_second_publish_of_a_container_is_refused(net: Net, ig: Account, shelf: Shelf) -> None:
    made = container(ig, shelf, caption="Once")
    publish(ig, made)
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media_publish", data={"creation_id": made})) == (9007, 2207027)
    assert len(net.book("instagram")) == 1


def test_a_carousel_is_one_post(net: Net, ig: Account, shelf: Shelf) -> None:
    children = [container(ig, shelf, picture(colour=c), is_carousel_item="true", alt_text=c) for c in ("red", "blue")]
    answer = ig.post(f"{GRAPH}/{ig.id}/media", data={"media_type": "CAROUSEL", "children": ",".join(children), "caption": "Two"})
    media = publish(ig, answer.json()["id"])
    told = ig.get(f"{GRAPH}/{media}", params={"fields": "media_type,children{id,alt_text}"}).json()
    assert told["media_type"] == "CAROUSEL_ALBUM" and [c["alt_text"] for c in told["children"]["data"]] == ["red", "blue"]
    assert len(net.book("instagram")) == 1
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media_publish", data={"creation_id": children[0]})) == (9007, 2207027)


@pytest.mark.parametrize(("count", "taken"), [(1, False), (2, True), (10, True), (11, False)])
def test_a_carousel_has_two_to_ten_items(ig: Account, shelf: Shelf, count: int, taken: bool) -> None:
    children = [container(ig, shelf, is_carousel_item="true") for _ in range(count)]
    answer = ig.post(f"{GRAPH}/{ig.id}/media", data={"media_type": "CAROUSEL", "children": ",".join(children)})
    assert answer.status_code == 200 if taken else graph_error(answer) == (100, 2207028)


def test_publishing_too_early_and_waiting(net: Net, ig: Account, shelf: Shelf) -> None:
    net.set(instagram_polls=2)
    made = container(ig, shelf)
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media_publish", data={"creation_id": made})) == (9007, 2207027)
    assert [state(ig, made) for _ in range(3)] == ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"]
    publish(ig, made)


def test_a_container_lives_a_day(net: Net, ig: Account, shelf: Shelf) -> None:
    made = container(ig, shelf)
    net.advance(86_401)
    assert state(ig, made) == "EXPIRED"
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media_publish", data={"creation_id": made})) == (-2, 2207020)


def test_a_fresh_container_may_not_be_found_for_a_while(net: Net, ig: Account, shelf: Shelf) -> None:
    net.set(instagram_container_lag_s=30)
    made = container(ig, shelf)
    assert graph_error(ig.get(f"{GRAPH}/{made}", params={"fields": "status_code"})) == (100, 33)
    net.advance(31)
    assert state(ig, made) == "FINISHED"


def test_an_unknown_container(ig: Account) -> None:
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media_publish", data={"creation_id": "1"})) == (24, 2207008)


def test_delete_is_for_the_facebook_path(net: Net, ig: Account, shelf: Shelf) -> None:
    media = publish(ig, container(ig, shelf))
    assert ig.delete(f"{GRAPH}/{media}").json() == {"success": True, "deleted_id": media}
    assert graph_error(ig.delete(f"{GRAPH}/{media}")) == (100, 33)
    direct = net.account("instagram", path="instagram_login")
    other = publish(direct, container(direct, shelf, host=IG_GRAPH), IG_GRAPH)
    assert graph_error(direct.delete(f"{IG_GRAPH}/{other}"))[0] == 100


def test_comments_can_be_turned_off_and_a_caption_not_changed(ig: Account, shelf: Shelf) -> None:
    media = publish(ig, container(ig, shelf))
    assert ig.post(f"{GRAPH}/{media}", data={"comment_enabled": "false"}).json() == {"success": True}
    assert graph_error(ig.post(f"{GRAPH}/{media}/comments", data={"message": "hello"}))[0] == 100
    assert graph_error(ig.post(f"{GRAPH}/{media}", data={"caption": "New"}))[0] == 100


def test_posted_although_the_answer_says_blocked(net: Net, ig: Account, shelf: Shelf) -> None:
    made = container(ig, shelf, caption="Evening")
    net.fault("instagram", "after", how="error")
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media_publish", data={"creation_id": made})) == (4, 2207051)
    assert state(ig, made) == "PUBLISHED"
    newest = ig.get(f"{GRAPH}/{ig.id}/media", params={"fields": "id,caption,timestamp,permalink", "limit": 10}).json()
    assert newest["data"][0]["caption"] == "Evening" and "cursors" in newest["paging"]


# --- what a picture may be ----------------------------------------------------------------------------------------


def test_the_address_is_really_fetched(ig: Account, shelf: Shelf) -> None:
    assert refused(ig, shelf, b"<html>no picture</html>") == (9004, 2207052)
    gone = ig.post(f"{GRAPH}/{ig.id}/media", data={"image_url": shelf.put(picture()) + "gone"})
    assert graph_error(gone) == (9004, 2207052)
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media", data={"image_url": "http://127.0.0.1:1/a.jpg"})) == (9004, 2207052)


def test_a_slow_picture_times_out(net: Net, ig: Account) -> None:
    net.set(instagram_fetch_s=0.2)
    net.fault("linkedin", "hang", where="read", seconds=2)
    slow = f"{net.url}/api.linkedin.com/rest/images/x"
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media", data={"image_url": slow})) == (-2, 2207003)


@pytest.mark.parametrize(("width", "height", "taken"), [(800, 1000, True), (780, 1000, False), (1910, 1000, True), (1930, 1000, False)])
def test_the_ratio_is_from_4_5_to_1_91(ig: Account, shelf: Shelf, width: int, height: int, taken: bool) -> None:
    if taken:
        container(ig, shelf, picture(width, height))
    else:
        assert refused(ig, shelf, picture(width, height)) == (36003, 2207009)


def test_only_jpeg_up_to_8_mib(ig: Account, shelf: Shelf) -> None:
    assert refused(ig, shelf, picture(kind="PNG")) == (36001, 2207005)
    most = 8 * 1024 * 1024
    container(ig, shelf, picture() + b"\0" * (most - len(picture())))
    assert refused(ig, shelf, picture() + b"\0" * (most + 1 - len(picture()))) == (36000, 2207004)


@pytest.mark.parametrize(("caption", "taken"), [
    ("a" * 2200, True), ("a" * 2201, False), ("#book " * 30, True), ("#book " * 31, False), ("@ann " * 20, True), ("@ann " * 21, False)])
def test_caption_limits(ig: Account, shelf: Shelf, caption: str, taken: bool) -> None:
    if taken:
        container(ig, shelf, caption=caption)
    else:
        assert refused(ig, shelf, caption=caption) == (36004, 2207010)


@pytest.mark.parametrize(("length", "taken"), [(1000, True), (1001, False)])
def test_alt_text_has_1000_characters(ig: Account, shelf: Shelf, length: int, taken: bool) -> None:
    if taken:
        container(ig, shelf, alt_text="a" * length)
    else:
        assert refused(ig, shelf, alt_text="a" * length)[0] == 100


def test_no_post_without_a_picture_and_no_video_here(ig: Account) -> None:
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media", data={"caption": "words alone"})) == (100, 2207023)
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media", data={"media_type": "REELS", "video_url": "http://x"})) == (100, 2207023)


# --- quotas -------------------------------------------------------------------------------------------------------


def test_the_daily_quota_of_posts_is_told_and_kept(net: Net, ig: Account, shelf: Shelf) -> None:
    net.set(instagram_posts_per_day=2)
    waiting = [container(ig, shelf, caption=str(n)) for n in range(3)]
    for name in waiting[:2]:
        publish(ig, name)
    told = ig.get(f"{GRAPH}/{ig.id}/content_publishing_limit", params={"fields": "quota_usage,config"}).json()
    assert told == {"data": [{"quota_usage": 2, "config": {"quota_total": 2, "quota_duration": 86400}}]}
    answer = ig.post(f"{GRAPH}/{ig.id}/media_publish", data={"creation_id": waiting[2]})
    assert graph_error(answer) == (9, 2207042) and "maximum number of posts" in answer.json()["error"]["error_user_msg"]
    net.advance(86_300)
    assert graph_error(ig.post(f"{GRAPH}/{ig.id}/media_publish", data={"creation_id": waiting[2]})) == (9, 2207042)


def test_the_daily_number_of_containers(net: Net, ig: Account, shelf: Shelf) -> None:
    net.set(instagram_containers_per_day=2)
    container(ig, shelf)
    container(ig, shelf)
    assert refused(ig, shelf)[0] == 4
    net.advance(86_401)
    container(ig, shelf)


def test_too_many_calls(net: Net, ig: Account) -> None:
    net.set(facebook_calls_per_day=1)
    assert ig.get(f"{GRAPH}/{ig.id}").status_code == 200
    assert graph_error(ig.get(f"{GRAPH}/{ig.id}"))[0] == 80002


# --- reading ------------------------------------------------------------------------------------------------------


def test_comments_newest_first_with_replies_inside(net: Net, ig: Account, shelf: Shelf) -> None:
    media = publish(ig, container(ig, shelf))
    first, second = net.comment("instagram", media, "Lovely"), net.comment("instagram", media, "When?")
    answer = ig.post(f"{GRAPH}/{first}/replies", data={"message": "thank you"}).json()["id"]
    fields = "id,text,timestamp,username,from{id,username},parent_id,replies{id,text,username}"
    told = ig.get(f"{GRAPH}/{media}/comments", params={"fields": fields}).json()["data"]
    assert [row["id"] for row in told] == [second, first]
    assert [row["id"] for row in told[1]["replies"]["data"]] == [answer] and told[0]["from"]["username"] == "ann"
    page = ig.get(f"{GRAPH}/{media}/comments", params={"limit": 1}).json()
    following = ig.get(f"{GRAPH}/{media}/comments", params={"limit": 1, "after": page["paging"]["cursors"]["after"]}).json()
    assert following["data"][0]["id"] == first and "next" not in following["paging"]
    assert ig.post(f"{GRAPH}/{second}", params={"hide": "true"}).json() == {"success": True}
    assert ig.get(f"{GRAPH}/{second}", params={"fields": "hidden"}).json()["hidden"] is True
    assert ig.delete(f"{GRAPH}/{second}").json()["success"] is True


def test_a_comment_with_fields_is_made_and_refused(net: Net, ig: Account, shelf: Shelf) -> None:
    media = publish(ig, container(ig, shelf))
    assert graph_error(ig.post(f"{GRAPH}/{media}/comments", data={"message": "first", "fields": "id"})) == (20, 1772107)
    assert len(ig.get(f"{GRAPH}/{media}/comments").json()["data"]) == 1
    assert ig.post(f"{GRAPH}/{media}/comments", data={"message": "second"}).json()["id"]


@pytest.mark.parametrize("text", ["a" * 301, "#a #b #c #d #e", "https://a.ie https://b.ie", "ALL CAPITALS", ""])
def test_what_a_comment_may_not_be(ig: Account, shelf: Shelf, text: str) -> None:
    media = publish(ig, container(ig, shelf))
    assert graph_error(ig.post(f"{GRAPH}/{media}/comments", data={"message": text}))[0] == 100
    assert ig.post(f"{GRAPH}/{media}/comments", data={"message": "a" * 300}).status_code == 200


def test_insights_of_today_and_names_that_are_gone(ig: Account, shelf: Shelf) -> None:
    media = publish(ig, container(ig, shelf))
    told = ig.get(f"{GRAPH}/{media}/insights", params={"metric": "views,reach,likes,comments,saved,shares"}).json()["data"]
    assert told[0]["name"] == "views" and told[0]["period"] == "lifetime" and "value" in told[0]["values"][0]
    for gone in ("impressions", "plays", "ig_reels_avg_watch_time"):
        assert graph_error(ig.get(f"{GRAPH}/{media}/insights", params={"metric": f"views,{gone}"}))[0] == 100
    day = ig.get(f"{GRAPH}/{ig.id}/insights", params={"metric": "reach", "period": "day", "metric_type": "total_value"}).json()
    assert "value" in day["data"][0]["total_value"]


def test_rights_that_are_missing(net: Net, shelf: Shelf) -> None:
    form = {"chosen": "1", "page:1000001": "on", "scope:pages_show_list": "on", "scope:instagram_basic": "on"}
    token = net.facebook_login(form=form)
    page = net.get(f"{GRAPH}/me/accounts", headers={"Authorization": f"Bearer {token}"}).json()["data"][0]
    answer = net.post(f"{GRAPH}/17841400000000001/media", data={"image_url": shelf.put(picture())},
                      headers={"Authorization": f"Bearer {page['access_token']}"})
    assert graph_error(answer)[0] == 10


def test_a_stranger_sees_nothing(net: Net, ig: Account) -> None:
    other = net.account("instagram")
    assert graph_error(other.get(f"{GRAPH}/{ig.id}")) == (100, 33)


def test_an_instagram_token_and_the_facebook_host_do_not_mix(net: Net, ig: Account) -> None:
    direct = net.account("instagram", path="instagram_login")
    assert graph_error(direct.get(f"{GRAPH}/{direct.id}"))[0] == 190
    assert graph_error(ig.get(f"{IG_GRAPH}/{ig.id}"))[0] == 190


# --- Instagram Login ----------------------------------------------------------------------------------------------


def redeem(net: Net, code: str, **change: str) -> object:
    form = {**CLIENT, "grant_type": "authorization_code", "redirect_uri": REDIRECT, "code": code, **change}
    return net.post("/api.instagram.com/oauth/access_token", data=form)


def test_instagram_login_from_code_to_sixty_days(net: Net, shelf: Shelf) -> None:
    back = net.allow(AUTHORIZE, scope=RIGHTS, form={"chosen": "1", "page": "17841400000000002", **{f"scope:{s}": "on" for s in RIGHTS.split(",")}})
    assert back["#"] == "_"
    short = redeem(net, back["code"]).json()
    assert short["user_id"] == 17841400000000002 and short["permissions"] == RIGHTS.split(",")
    exchange = {"grant_type": "ig_exchange_token", "client_secret": "practice-secret", "access_token": short["access_token"]}
    long = net.get("/graph.instagram.com/access_token", params=exchange).json()
    assert long["token_type"] == "bearer" and 59 * 86_400 < long["expires_in"] < 60 * 86_400
    me = net.get(f"{IG_GRAPH}/me", params={"fields": "user_id,username,account_type,media_count"},
                 headers={"Authorization": f"Bearer {long['access_token']}"}).json()
    assert me["user_id"] == "17841400000000002" and me["username"] == "fernhollow.kids"


def test_the_code_answer_may_come_inside_data(net: Net) -> None:
    net.set(instagram_flat_token=False)
    told = redeem(net, net.allow(AUTHORIZE, scope=RIGHTS)["code"]).json()["data"][0]
    assert told["access_token"].startswith("IGAA") and told["permissions"] == RIGHTS


def test_the_other_error_shape_of_the_code_exchange(net: Net) -> None:
    code = net.allow(AUTHORIZE, scope=RIGHTS)["code"]
    assert redeem(net, code + "#_").status_code == 200
    again = redeem(net, code)
    assert again.status_code == 400 and again.json() == {
        "error_type": "OAuthException", "code": 400, "error_message": "Matching code was not found or was already used"}


def test_refusal_of_instagram_login(net: Net) -> None:
    told = net.allow(AUTHORIZE, scope=RIGHTS, decision="deny")
    assert told["error"] == "access_denied" and told["error_reason"] == "user_denied"


def test_refresh_needs_a_day_and_leaves_the_old_token_alive(net: Net) -> None:
    direct = net.account("instagram", path="instagram_login")
    asked = {"grant_type": "ig_refresh_token", "access_token": direct.token}
    path = "/graph.instagram.com/refresh_access_token"
    assert net.get(path, params=asked).status_code == 400
    net.advance(86_401)
    fresh = net.get(path, params=asked).json()
    assert fresh["access_token"] != direct.token and fresh["expires_in"] > 59 * 86_400 and "permissions" in fresh
    assert direct.get(f"{IG_GRAPH}/me").status_code == 200
    net.advance(61 * 86_400)
    assert graph_error(net.get(path, params=asked)) == (190, 463)


def test_instagram_login_publishes(net: Net, shelf: Shelf) -> None:
    direct = net.account("instagram", path="instagram_login")
    media = publish(direct, container(direct, shelf, host=IG_GRAPH, caption="Direct"), IG_GRAPH)
    assert direct.get(f"{IG_GRAPH}/me/media", params={"fields": "id,caption"}).json()["data"] == [{"id": media, "caption": "Direct"}]
