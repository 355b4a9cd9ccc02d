"""The X twin's tokens against x.md section 1."""

from __future__ import annotations

import pytest

from tests.contracts.twins.support import REDIRECT, Account, Net, X

BASIC = ("practice", "practice-secret")
INVALID = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}


def rotate(net: Net, refresh: str, **named: object) -> object:
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    return net.post(f"{X}/oauth2/token", data=form, auth=named.get("auth", BASIC))


def test_a_code_becomes_a_pair(net: Net) -> None:
    told = net.x_login().json()
    assert told["token_type"] == "bearer" and told["expires_in"] == 7200 and told["refresh_token"]
    assert told["scope"] == "tweet.read tweet.write users.read media.write offline.access"
    me = net.get(f"{X}/users/me", headers={"Authorization": f"Bearer {told['access_token']}"}).json()["data"]
    assert me["username"] == "fernhollowlib"


def test_no_refresh_token_without_offline_access(net: Net) -> None:
    assert "refresh_token" not in net.x_login("tweet.read users.read").json()


def test_a_code_lives_thirty_seconds_and_once_and_needs_its_verifier(net: Net) -> None:
    ask = {"scope": "tweet.read", "code_challenge": "plain-words", "code_challenge_method": "plain"}
    code = net.allow("/x.com/i/oauth2/authorize", **ask)["code"]
    assert net.x_redeem(code, "other").status_code == 400
    assert net.x_redeem(code, "plain-words").status_code == 200
    assert net.x_redeem(code, "plain-words").status_code == 400
    late = net.allow("/x.com/i/oauth2/authorize", **ask)["code"]
    net.advance(31)
    assert net.x_redeem(late, "plain-words").json()["error"] == "invalid_request"


def test_refreshing_rotates_and_the_old_token_is_dead(net: Net) -> None:
    first = net.x_login().json()
    second = rotate(net, first["refresh_token"])
    assert second.status_code == 200 and second.json()["refresh_token"] != first["refresh_token"]
    again = rotate(net, first["refresh_token"])
    assert again.status_code == 400 and again.json() == INVALID


def test_reuse_loses_the_account_unless_set_otherwise(net: Net) -> None:
    first = net.x_login().json()
    second = rotate(net, first["refresh_token"]).json()
    rotate(net, first["refresh_token"])
    assert rotate(net, second["refresh_token"]).json() == INVALID
    assert net.get(f"{X}/users/me", headers={"Authorization": f"Bearer {second['access_token']}"}).status_code == 401
    net.set(x_reuse_kills_family=False)
    third = net.x_login().json()
    fourth = rotate(net, third["refresh_token"]).json()
    rotate(net, third["refresh_token"])
    assert rotate(net, fourth["refresh_token"]).status_code == 200


def test_the_client_must_prove_itself(net: Net) -> None:
    first = net.x_login().json()
    answer = rotate(net, first["refresh_token"], auth=("practice", "wrong"))
    assert answer.status_code == 401 and answer.json() == {
        "error": "unauthorized_client", "error_description": "Missing valid authorization header"}


def test_a_public_client_sends_its_id(net: Net) -> None:
    ask = {"scope": "tweet.read offline.access", "code_challenge": "words", "code_challenge_method": "plain", "client_id": "practice-public"}
    code = net.allow("/x.com/i/oauth2/authorize", **ask)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "code_verifier": "words", "client_id": "practice-public"}
    told = net.post(f"{X}/oauth2/token", data=form).json()
    form = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"], "client_id": "practice-public"}
    assert net.post(f"{X}/oauth2/token", data=form).status_code == 200


def test_revoke(net: Net) -> None:
    first = net.x_login().json()
    answer = net.post(f"{X}/oauth2/revoke", data={"token": first["access_token"], "token_type_hint": "access_token"}, auth=BASIC)
    assert answer.json() == {"revoked": True}
    assert net.get(f"{X}/users/me", headers={"Authorization": f"Bearer {first['access_token']}"}).status_code == 401


def test_refusal_and_a_question_without_a_challenge(net: Net) -> None:
    ask = {"scope": "tweet.read", "code_challenge": "words", "code_challenge_method": "S256"}
    assert net.allow("/x.com/i/oauth2/authorize", decision="deny", **ask) == {"error": "access_denied", "state": "s1", "#": ""}
    asked = {"client_id": "practice", "redirect_uri": REDIRECT, "response_type": "code", "state": "s", "scope": "tweet.read"}
    assert net.get("/x.com/i/oauth2/authorize", params=asked).status_code == 400
    assert net.get("/x.com/i/oauth2/authorize", params={**asked, "code_challenge": "x", "state": "s" * 501}).status_code == 400


@pytest.mark.parametrize("how", ["expire", "revoke"])
def test_expiry_leaves_the_refresh_token_and_revocation_does_not(net: Net, x: Account, how: str) -> None:
    net.door("POST", "/__expire", {"network": "twitter", "account": x.id, "how": how})
    assert x.get(f"{X}/users/me").status_code == 401
    assert rotate(net, x.made["token"]["refresh"]).status_code == (200 if how == "expire" else 400)
