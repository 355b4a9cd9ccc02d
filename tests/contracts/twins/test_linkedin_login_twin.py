"""The LinkedIn twin's tokens against linkedin.md section 1."""

from __future__ import annotations

from tests.contracts.twins.linkedin_calls import headers
from tests.contracts.twins.support import REDIRECT, REST, Net

ORG_SCOPES = "openid profile email w_organization_social r_organization_social rw_organization_admin w_member_social"


def test_an_approved_application_gets_a_refresh_token_that_shrinks(net: Net) -> None:
    told = net.linkedin_login(ORG_SCOPES).json()
    assert told["expires_in"] == 60 * 86_400 and told["token_type"] == "Bearer" and len(told["access_token"]) > 500
    assert told["scope"] == ",".join(ORG_SCOPES.split()) and told["refresh_token_expires_in"] == 365 * 86_400
    net.advance(50 * 86_400)
    form = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"], "client_id": "practice", "client_secret": "practice-secret"}
    fresh = net.post("/www.linkedin.com/oauth/v2/accessToken", data=form).json()
    assert fresh["refresh_token"] == told["refresh_token"] and fresh["access_token"] != told["access_token"]
    assert abs(fresh["refresh_token_expires_in"] - 315 * 86_400) < 60
    net.advance(366 * 86_400)
    late = net.post("/www.linkedin.com/oauth/v2/accessToken", data=form)
    assert late.status_code == 400 and late.json() == {"error": "invalid_request", "error_description": (
        "The provided authorization grant or refresh token is invalid, expired or revoked")}


def test_a_self_serve_application_gets_none_and_may_not_ask_for_organizations(net: Net) -> None:
    told = net.linkedin_login("openid profile w_member_social", "practice-self-serve").json()
    assert "refresh_token" not in told
    back = net.allow("/www.linkedin.com/oauth/v2/authorization", scope="w_organization_social", client_id="practice-self-serve")
    assert back["error"] == "unauthorized_scope_error" and back["state"] == "s1"


def test_refusal_and_single_use(net: Net) -> None:
    back = net.allow("/www.linkedin.com/oauth/v2/authorization", scope="openid", decision="deny")
    assert back["error"] == "user_cancelled_authorize" and back["error_description"]
    code = net.allow("/www.linkedin.com/oauth/v2/authorization", scope="openid")["code"]
    assert net.linkedin_redeem(code).status_code == 200
    assert net.linkedin_redeem(code).json()["error"] == "invalid_request"


def test_another_set_of_scopes_ends_the_earlier_tokens(net: Net) -> None:
    first = net.linkedin_login("openid profile").json()["access_token"]
    assert net.get("/api.linkedin.com/v2/userinfo", headers=headers(first)).status_code == 200
    second = net.linkedin_login("openid profile email").json()["access_token"]
    gone = net.get("/api.linkedin.com/v2/userinfo", headers=headers(first))
    assert gone.status_code == 401 and gone.json() == {"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN",
                                                       "message": "The token used in the request has been revoked by the user"}
    assert net.get("/api.linkedin.com/v2/userinfo", headers=headers(second)).json()["email"]


def test_who_and_which_organizations(net: Net) -> None:
    token = net.linkedin_login(ORG_SCOPES).json()["access_token"]
    me = net.get("/api.linkedin.com/v2/userinfo", headers=headers(token)).json()
    assert me["name"] == "Robin Vale" and me["given_name"] == "Robin"
    asked = {"q": "roleAssignee", "role": "ADMINISTRATOR", "state": "APPROVED", "count": 100}
    roles = net.get(f"{REST}/organizationAcls", params=asked, headers=headers(token)).json()["elements"]
    assert roles[0]["organization"] == "urn:li:organization:5005001" and roles[0]["roleAssignee"] == f"urn:li:person:{me['sub']}"
    one = net.get(f"{REST}/organizations/5005001", headers=headers(token)).json()
    assert one["localizedName"] == "Fernhollow Public Library" and one["vanityName"] == "fernhollow-public-library"
    some = net.get(f"{REST}/organizations?ids=List(5005001,9)", headers=headers(token)).json()
    assert list(some["results"]) == ["5005001"] and list(some["errors"]) == ["9"]


def test_introspection_and_revocation(net: Net) -> None:
    token = net.linkedin_login("openid").json()["access_token"]
    form = {"client_id": "practice", "client_secret": "practice-secret", "token": token}
    path = "/www.linkedin.com/oauth/v2/introspectToken"
    told = net.post(path, data=form).json()
    assert told["active"] is True and told["status"] == "active" and told["scope"] == "openid" and told["auth_type"] == "3L"
    assert net.post(path, data={**form, "client_id": "practice-self-serve"}).json() == {"active": False}
    assert net.post(path, data={**form, "token": "rubbish"}).json() == {"active": False}
    answer = net.post("/www.linkedin.com/oauth/v2/revoke", data=form)
    assert answer.status_code == 200 and answer.content == b""
    assert net.post(path, data=form).json()["status"] == "revoked"


def test_the_redirect_address_must_be_the_same(net: Net) -> None:
    code = net.allow("/www.linkedin.com/oauth/v2/authorization", scope="openid")["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT + "x", "client_id": "practice",
            "client_secret": "practice-secret"}
    assert net.post("/www.linkedin.com/oauth/v2/accessToken", data=form).status_code == 400
    assert net.post("/www.linkedin.com/oauth/v2/accessToken", data={**form, "client_secret": "wrong"}).status_code == 401
