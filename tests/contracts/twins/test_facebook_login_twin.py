"""The Facebook twin's tokens against facebook.md section 1."""

from __future__ import annotations

import pytest

from tests.contracts.twins.support import CLIENT, FACEBOOK_RIGHTS, GRAPH, REDIRECT, Account, Net, graph_error

DIALOG = "/www.facebook.com/v25.0/dialog/oauth"
FIELDS = "id,name,access_token,category,tasks,picture{url},followers_count,link,instagram_business_account{id,username}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def debug(net: Net, token: str) -> dict:
    return net.get(f"{GRAPH}/debug_token", params={"input_token": token, "access_token": "practice|practice-secret"}).json()["data"]


def test_short_long_and_page_token(net: Net) -> None:
    code = net.allow(DIALOG, scope=FACEBOOK_RIGHTS)
    assert code["state"] == "s1"
    asked = {**CLIENT, "redirect_uri": REDIRECT, "code": code["code"]}
    short = net.get(f"{GRAPH}/oauth/access_token", params=asked).json()
    assert short["token_type"] == "bearer" and 3600 <= short["expires_in"] <= 7200
    exchange = {**CLIENT, "grant_type": "fb_exchange_token", "fb_exchange_token": short["access_token"]}
    long = net.get(f"{GRAPH}/oauth/access_token", params=exchange).json()
    assert long["expires_in"] > 59 * 86_400
    pages = net.get(f"{GRAPH}/me/accounts", params={"fields": FIELDS}, headers=bearer(long["access_token"])).json()["data"]
    assert [page["name"] for page in pages] == ["Fernhollow Public Library", "Fernhollow Children's Room"]
    assert "CREATE_CONTENT" in pages[0]["tasks"] and pages[0]["instagram_business_account"]["username"] == "fernhollow.library"
    told = debug(net, pages[0]["access_token"])
    assert (told["type"], told["expires_at"], told["is_valid"], told["profile_id"]) == ("PAGE", 0, True, pages[0]["id"])
    assert told["granular_scopes"][0]["target_ids"] == [pages[0]["id"]] and told["data_access_expires_at"] > told["issued_at"]
    made = net.post(f"{GRAPH}/{pages[0]['id']}/feed", json={"message": "Hello"}, headers=bearer(pages[0]["access_token"]))
    assert made.status_code == 200


def test_a_page_token_of_a_short_user_token_dies_with_it(net: Net) -> None:
    code = net.allow(DIALOG, scope=FACEBOOK_RIGHTS)["code"]
    short = net.get(f"{GRAPH}/oauth/access_token", params={**CLIENT, "redirect_uri": REDIRECT, "code": code}).json()["access_token"]
    page = net.get(f"{GRAPH}/me/accounts", headers=bearer(short)).json()["data"][0]
    net.advance(7300)
    assert graph_error(net.get(f"{GRAPH}/{page['id']}", headers=bearer(page["access_token"]))) == (190, 463)
    late = net.get(f"{GRAPH}/oauth/access_token", params={**CLIENT, "grant_type": "fb_exchange_token", "fb_exchange_token": short})
    assert graph_error(late) == (190, 463)


def test_a_code_works_once_and_for_its_own_address(net: Net) -> None:
    code = net.allow(DIALOG, scope=FACEBOOK_RIGHTS)["code"]
    asked = {**CLIENT, "redirect_uri": REDIRECT, "code": code}
    wrong = net.get(f"{GRAPH}/oauth/access_token", params={**asked, "redirect_uri": REDIRECT + "x"})
    assert graph_error(wrong) == (100, 36008)
    assert net.post(f"{GRAPH}/oauth/access_token", data=asked).status_code == 200
    again = net.get(f"{GRAPH}/oauth/access_token", params=asked)
    assert graph_error(again) == (100, 36009) and again.json()["error"]["message"] == "This authorization code has been used."


def test_refusal_comes_back_with_its_reason(net: Net) -> None:
    told = net.allow(DIALOG, scope=FACEBOOK_RIGHTS, decision="deny")
    assert (told["error"], told["error_reason"], told["error_code"], told["state"]) == ("access_denied", "user_denied", "200", "s1")


def test_single_rights_and_pages_can_be_left_out(net: Net) -> None:
    form = {"chosen": "1", "page:1000002": "on", "scope:pages_show_list": "on", "scope:pages_read_engagement": "on"}
    token = net.facebook_login(form=form)
    told = {row["permission"]: row["status"] for row in net.get(f"{GRAPH}/me/permissions", headers=bearer(token)).json()["data"]}
    assert told["pages_show_list"] == "granted" and told["pages_manage_posts"] == "declined"
    pages = net.get(f"{GRAPH}/me/accounts", headers=bearer(token)).json()["data"]
    assert [page["id"] for page in pages] == ["1000002"]
    answer = net.post(f"{GRAPH}/1000002/feed", json={"message": "x"}, headers=bearer(pages[0]["access_token"]))
    assert graph_error(answer)[0] == 200 and "pages_manage_posts" in answer.json()["error"]["message"]


def test_the_dialog_names_rights_pages_and_both_buttons(net: Net) -> None:
    asked = {"client_id": "practice", "redirect_uri": REDIRECT, "state": "s", "scope": FACEBOOK_RIGHTS}
    page = net.get(DIALOG, params=asked)
    for words in ("Robin Vale", "Fernhollow Children&#x27;s Room", "pages_manage_posts", "Allow", "Do not allow"):
        assert words in page.text
    assert "form-action 'self' http://127.0.0.1:9" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("change", [{"client_id": "stranger"}, {"redirect_uri": "https://evil.example/back"}, {"scope": "no_such"}])
def test_a_wrong_question_gets_a_page_and_no_redirect(net: Net, change: dict[str, str]) -> None:
    asked = {"client_id": "practice", "redirect_uri": REDIRECT, "state": "s", "scope": "pages_show_list", **change}
    answer = net.get(DIALOG, params=asked)
    assert answer.status_code == 400 and "Location" not in answer.headers


def test_debug_token_tells_of_a_dead_token_with_200(net: Net, page: Account) -> None:
    net.door("POST", "/__expire", {"network": "facebook", "account": page.id, "how": "460"})
    told = debug(net, page.token)
    assert told["is_valid"] is False and told["error"]["code"] == 190 and told["error"]["subcode"] == 460
    assert debug(net, "rubbish")["is_valid"] is False


def test_permissions_are_revoked_one_or_all(net: Net) -> None:
    token = net.facebook_login()
    me = net.get(f"{GRAPH}/me", headers=bearer(token)).json()["id"]
    assert net.call("DELETE", f"{GRAPH}/{me}/permissions/read_insights", headers=bearer(token)).json() == {"success": True}
    left = [row["permission"] for row in net.get(f"{GRAPH}/me/permissions", headers=bearer(token)).json()["data"]
            if row["status"] == "granted"]
    assert "read_insights" not in left and "pages_show_list" in left
    assert net.call("DELETE", f"{GRAPH}/{me}/permissions", headers=bearer(token)).json() == {"success": True}
    assert graph_error(net.get(f"{GRAPH}/me", headers=bearer(token))) == (190, 458)


def test_wrong_application_secret(net: Net) -> None:
    code = net.allow(DIALOG, scope=FACEBOOK_RIGHTS)["code"]
    asked = {"client_id": "practice", "client_secret": "wrong", "redirect_uri": REDIRECT, "code": code}
    assert net.get(f"{GRAPH}/oauth/access_token", params=asked).status_code == 400
