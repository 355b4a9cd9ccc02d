"""The LinkedIn twin against linkedin.md."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.twins.support import REDIRECT, REST, Account, Net, enc, picture

ORG_SCOPES = "openid profile email w_organization_social r_organization_social rw_organization_admin w_member_social"


def draft(author: str, text: str = "Story time", **more: Any) -> dict[str, Any]:
    return {"author": author, "commentary": text, "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False, **more,
            "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []}}


def post(who: Account, text: str = "Story time", **more: Any) -> str:
    answer = who.post(f"{REST}/posts", json=draft(who.id, text, **more))
    assert answer.status_code == 201 and answer.content == b"", answer.text
    return answer.headers["x-restli-id"]


def refused(who: Account, body: dict[str, Any]) -> tuple[int, str]:
    answer = who.post(f"{REST}/posts", json=body)
    assert answer.json()["status"] == answer.status_code
    return answer.status_code, answer.json()["code"]


def image(who: Account, data: bytes | None = None) -> str:
    asked = who.post(f"{REST}/images?action=initializeUpload", json={"initializeUploadRequest": {"owner": who.id}})
    value = asked.json()["value"]
    assert who.net.call("PUT", value["uploadUrl"], data=data or picture()).status_code == 201
    return value["image"]


def listed(who: Account, **query: Any) -> Any:
    return who.get(f"{REST}/posts", params={"q": "author", "author": who.id, "count": 10, "sortBy": "CREATED", **query},
                   headers={"X-RestLi-Method": "FINDER"})


# --- publishing ---------------------------------------------------------------------------------------------------


def test_a_post_is_201_without_a_body_and_the_id_in_a_header(net: Net, org: Account) -> None:
    answer = org.post(f"{REST}/posts", json=draft(org.id, "Hiring \\(remote\\) #jobs"))
    assert answer.status_code == 201 and answer.content == b""
    urn = answer.headers["x-restli-id"]
    assert urn.startswith("urn:li:share:") and answer.headers["x-linkedin-id"] == urn and "x-li-uuid" in answer.headers
    assert net.book("linkedin")[0]["text"] == "Hiring (remote) #jobs"
    page = net.get(f"/www.linkedin.com/feed/update/{urn}/")
    assert page.status_code == 200 and "Hiring (remote)" in page.text
    told = listed(org).json()["elements"][0]
    assert (told["id"], told["author"], told["commentary"]) == (urn, org.id, "Hiring \\(remote\\) #jobs")
    assert told["lifecycleState"] == "PUBLISHED" and told["createdAt"] == told["publishedAt"]
    assert abs(told["createdAt"] / 1000 - net.book("linkedin")[0]["at"]) < 0.01


def test_the_same_again_names_the_first(net: Net, org: Account) -> None:
    urn = post(org)
    answer = org.post(f"{REST}/posts", json=draft(org.id))
    assert answer.status_code == 422
    assert answer.json() == {"message": f"Content is a duplicate of {urn}", "status": 422, "code": "DUPLICATE_POST"}
    net.advance(590)
    assert refused(org, draft(org.id)) == (422, "DUPLICATE_POST")
    net.advance(601)
    assert post(org) != urn
    post(net.account("linkedin"))           # another author may say the same


def test_the_same_words_with_the_same_picture_are_a_duplicate_and_with_another_not(org: Account) -> None:
    first, second = image(org), image(org)
    urn = post(org, content={"media": {"id": first, "altText": "A red door"}})
    body = draft(org.id, content={"media": {"id": first, "altText": "A red door"}})
    assert urn in org.post(f"{REST}/posts", json=body).json()["message"]
    post(org, content={"media": {"id": second, "altText": "A red door"}})


def test_an_image_with_its_alt_text(net: Net, org: Account) -> None:
    asked = org.post(f"{REST}/images?action=initializeUpload", json={"initializeUploadRequest": {"owner": org.id}})
    value = asked.json()["value"]
    assert value["image"].startswith("urn:li:image:") and "/www.linkedin.com/dms-uploads/" in value["uploadUrl"]
    assert value["uploadUrlExpiresAt"] / 1000 > net.door("GET", "/__settings")["clock_offset_s"]
    body = draft(org.id, content={"media": {"id": value["image"], "altText": "A red door"}})
    assert refused(org, body) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    assert net.call("PUT", value["uploadUrl"], data=picture()).status_code == 201       # no token asked for
    assert org.get(f"{REST}/images/{enc(value['image'])}").json()["status"] == "AVAILABLE"
    assert org.post(f"{REST}/posts", json=body).headers["x-restli-id"].startswith("urn:li:share:")
    assert net.book("linkedin")[0]["media"][0]["alt"] == "A red door"


def test_an_image_still_in_the_works_may_be_posted(net: Net, org: Account) -> None:
    net.set(linkedin_image_processing_s=60)
    urn = image(org)
    assert org.get(f"{REST}/images/{enc(urn)}").json()["status"] == "PROCESSING"
    post(org, content={"media": {"id": urn}})


@pytest.mark.parametrize("data", [b"<html>", b"BM-not-really"])
def test_what_is_no_picture_fails_in_processing(org: Account, data: bytes) -> None:
    urn = image(org, data)
    assert org.get(f"{REST}/images/{enc(urn)}").json()["status"] == "PROCESSING_FAILED"
    assert refused(org, draft(org.id, content={"media": {"id": urn}})) == (400, "MEDIA_ASSET_PROCESSING_FAILED")


@pytest.mark.parametrize(("height", "state"), [(6024, "AVAILABLE"), (6027, "PROCESSING_FAILED")])
def test_an_image_has_fewer_than_36152320_pixels(org: Account, height: int, state: str) -> None:
    urn = image(org, picture(6000, height, "PNG", mode="1"))      # 36,144,000 and 36,162,000 pixels
    assert org.get(f"{REST}/images/{enc(urn)}").json()["status"] == state


def test_an_upload_address_expires(net: Net, org: Account) -> None:
    asked = org.post(f"{REST}/images?action=initializeUpload", json={"initializeUploadRequest": {"owner": org.id}})
    net.advance(3601)
    answer = net.call("PUT", asked.json()["value"]["uploadUrl"], data=picture())
    assert answer.status_code == 400 and answer.json()["code"] == "EXPIRED_UPLOAD_URL"


def test_several_images_make_a_ugc_post(net: Net, org: Account) -> None:
    images = [{"id": image(org), "altText": str(n)} for n in range(2)]
    urn = post(org, content={"multiImage": {"images": images}})
    assert urn.startswith("urn:li:ugcPost:") and [m["alt"] for m in net.book("linkedin")[0]["media"]] == ["0", "1"]
    assert listed(org).json()["elements"][0]["content"]["multiImage"]["images"] == images


@pytest.mark.parametrize(("count", "taken"), [(1, False), (2, True), (20, True), (21, False)])
def test_two_to_twenty_images(org: Account, count: int, taken: bool) -> None:
    images = [{"id": image(org)}] * count
    answer = org.post(f"{REST}/posts", json=draft(org.id, content={"multiImage": {"images": images}}))
    assert (answer.status_code == 201) is taken


def test_an_article_is_not_scraped_and_needs_a_title(org: Account) -> None:
    article = {"source": "https://example.org/hours", "title": "Hours", "description": "Until nine", "thumbnail": image(org)}
    post(org, content={"article": article})
    assert refused(org, draft(org.id, "x", content={"article": {"source": "https://example.org"}})) == (400, "MISSING_FIELD")
    assert refused(org, draft(org.id, "x", content={"article": {"source": "ftp", "title": "t"}}))[0] == 400


def test_the_owner_of_an_image_must_be_the_author(net: Net, org: Account) -> None:
    theirs = image(net.account("linkedin"))
    assert refused(org, draft(org.id, content={"media": {"id": theirs}})) == (400, "INVALID_IMAGE_ID")
    assert refused(org, draft(org.id, content={"media": {"id": "urn:li:image:none"}})) == (400, "INVALID_IMAGE_ID")
    assert refused(org, draft(org.id, content={"media": {"id": "urn:li:video:none"}})) == (400, "INVALID_URN_TYPE")


def test_edit_and_delete(net: Net, org: Account) -> None:
    urn = post(org)
    change = {"patch": {"$set": {"commentary": "Story time at ten"}}}
    path = f"{REST}/posts/{enc(urn)}"
    assert org.post(path, json=change, headers={"X-RestLi-Method": "PARTIAL_UPDATE"}).status_code == 204
    assert net.book("linkedin")[0]["text"] == "Story time at ten"
    for _ in range(2):
        assert org.delete(path, headers={"X-RestLi-Method": "DELETE"}).status_code == 204
    assert org.get(path).status_code == 404 and net.book("linkedin")[0]["deleted"]


# --- little text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "shown"), [
    ("Plain words #books", "Plain words #books"), ("All \\(really\\) \\*free\\*", "All (really) *free*"),
    ("All (really) free", "All"), ("Write to a_b", "Write to a"), ("See https://example.org/a\\_b", "See https://example.org/a_b"),
    ("{hashtag|\\#|books} rock", "#books rock"), ("Hello @[Fernhollow](urn:li:organization:1)!", "Hello Fernhollow!"),
    ("back\\\\slash", "back\\slash"), ("a < b", "a"), ("mail me @ home", "mail me"), ("end\\", "end")])
def test_an_unescaped_sign_cuts_the_text_without_a_word(net: Net, org: Account, written: str, shown: str) -> None:
    post(org, written)
    assert net.book("linkedin")[0]["text"] == shown


@pytest.mark.parametrize(("text", "taken"), [("a" * 3000, True), ("a" * 3001, False), ("\\(" * 3000, True), ("\\(" * 3001, False)])
def test_3000_characters_as_shown(org: Account, text: str, taken: bool) -> None:
    answer = org.post(f"{REST}/posts", json=draft(org.id, text))
    assert (answer.status_code == 201) is taken
    if not taken:
        assert answer.json()["code"] == "FIELD_LENGTH_TOO_LONG"
        assert answer.json()["errorDetails"]["inputErrors"][0]["input"]["inputPath"]["fieldPath"] == "/commentary"


@pytest.mark.parametrize(("length", "taken"), [(4086, True), (4087, False)])
def test_alt_text_has_4086_characters(org: Account, length: int, taken: bool) -> None:
    body = draft(org.id, content={"media": {"id": image(org), "altText": "a" * length}})
    assert (org.post(f"{REST}/posts", json=body).status_code == 201) is taken


# --- headers, rights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "status", "code"), [
    ("", 400, "VERSION_MISSING"), ("20240101", 426, "NONEXISTENT_VERSION"), ("202401", 426, "NONEXISTENT_VERSION"),
    ("203001", 426, "NONEXISTENT_VERSION"), ("202609", 201, "")])
def test_the_version_header(org: Account, version: str, status: int, code: str) -> None:
    headers = {"LinkedIn-Version": version or None}
    answer = org.post(f"{REST}/posts", json=draft(org.id), headers=headers)
    assert answer.status_code == status and (not code or answer.json()["code"] == code)


def test_the_protocol_header(org: Account) -> None:
    answer = org.post(f"{REST}/posts", json=draft(org.id), headers={"X-Restli-Protocol-Version": None})
    assert answer.status_code == 400 and answer.json()["code"] == "ILLEGAL_ARGUMENT"


@pytest.mark.parametrize("name", ["commentary", "visibility", "distribution", "lifecycleState"])
def test_a_field_that_is_missing_is_named(org: Account, name: str) -> None:
    body = draft(org.id)
    del body[name]
    answer = org.post(f"{REST}/posts", json=body)
    assert answer.status_code == 400 and answer.json()["code"] == "MISSING_FIELD" and name in answer.json()["message"]


def test_values_that_do_not_exist(org: Account) -> None:
    assert refused(org, {**draft(org.id), "visibility": "SECRET"}) == (400, "INVALID_VALUE_FOR_FIELD")
    assert refused(org, {**draft(org.id), "author": "urn:li:group:1"}) == (400, "INVALID_URN_TYPE")
    assert refused(org, {**draft(org.id), "lifecycleState": "DRAFT"})[0] == 400


def test_a_member_posts_and_cannot_be_read(net: Net, member: Account) -> None:
    urn = post(member)
    assert len(net.book("linkedin")) == 1
    for answer in (listed(member), member.get(f"{REST}/posts/{enc(urn)}")):
        assert answer.status_code == 403
        assert answer.json()["code"] == "ACCESS_DENIED" and answer.json()["serviceErrorCode"] == 100
    assert refused(member, draft(member.id)) == (422, "DUPLICATE_POST")
    assert member.get(f"{REST}/images/{enc(image(member))}").status_code == 403
    body = {"actor": member.id, "object": urn, "message": {"text": "First"}}
    denied = member.post(f"{REST}/socialActions/{enc(urn)}/comments", json=body)
    assert denied.status_code == 403 and "partnerApiSocialActions.CREATE" in denied.json()["message"]
    assert member.delete(f"{REST}/posts/{enc(urn)}").status_code == 204


def test_another_organization_is_not_ours(net: Net, org: Account) -> None:
    other = net.account("linkedin")
    assert refused(org, draft(other.id)) == (403, "ACCESS_DENIED")
    assert org.get(f"{REST}/posts", params={"q": "author", "author": other.id}).status_code == 403


# --- reading ------------------------------------------------------------------------------------------------------


def test_the_list_pages_by_offset_and_may_lag_or_shift(net: Net, org: Account) -> None:
    made = [post(org, f"Number {n}") for n in range(4)][::-1]
    assert [row["id"] for row in listed(org, count=2).json()["elements"]] == made[:2]
    assert [row["id"] for row in listed(org, count=2, start=2).json()["elements"]] == made[2:]
    assert listed(org, count=2).json()["paging"]["links"][0]["rel"] == "next"
    net.fault("linkedin", "shift")
    assert [row["id"] for row in listed(org, count=2, start=2).json()["elements"]] == made[1:3]
    net.fault("linkedin", "listing_lag", seconds=60)
    assert listed(org).json()["elements"] == []
    assert org.get(f"{REST}/posts", params={"q": "owner"}).status_code == 400


def test_comments_and_replies(net: Net, org: Account) -> None:
    urn = post(org)
    path = f"{REST}/socialActions/{enc(urn)}/comments"
    patron = net.comment("linkedin", urn, "Is it free?")
    made = org.post(path, json={"actor": org.id, "object": urn, "message": {"text": "All (really) welcome"}})
    assert made.status_code == 201 and made.headers["x-restli-id"] == made.json()["id"]
    told = org.get(path, params={"start": 0, "count": 50}).json()
    assert [row["id"] for row in told["elements"]] == [patron, made.json()["id"]] and told["paging"]["total"] == 2
    first = told["elements"][0]
    assert first["commentUrn"] == first["$URN"] == f"urn:li:comment:({urn},{patron})"
    assert told["elements"][1]["message"]["text"] == "All (really) welcome"         # comments are plain text
    above = enc(first["commentUrn"])
    reply = {"actor": org.id, "object": urn, "parentComment": first["commentUrn"], "message": {"text": "It is"}}
    answer = org.post(f"{REST}/socialActions/{above}/comments", json=reply)
    assert answer.json()["parentComment"] == first["commentUrn"]
    inside = org.get(f"{REST}/socialActions/{above}/comments").json()["elements"]
    assert [row["id"] for row in inside] == [answer.json()["id"]]
    assert org.delete(f"{path}/{patron}", params={"actor": org.id}).status_code == 204
    assert [row["id"] for row in org.get(path).json()["elements"]] == [made.json()["id"]]


@pytest.mark.parametrize(("length", "taken"), [(1250, True), (1251, False), (0, False)])
def test_a_comment_has_1250_characters(org: Account, length: int, taken: bool) -> None:
    urn = post(org)
    body = {"actor": org.id, "object": urn, "message": {"text": "a" * length}}
    assert (org.post(f"{REST}/socialActions/{enc(urn)}/comments", json=body).status_code == 201) is taken


def test_figures_of_posts_that_anything_happened_to(net: Net, org: Account) -> None:
    busy, quiet = post(org, "Busy"), post(org, "Quiet", content={"multiImage": {"images": [{"id": image(org)}, {"id": image(org)}]}})
    net.comment("linkedin", busy, "Hello")
    path = (f"{REST}/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={enc(org.id)}"
            f"&shares=List({enc(busy)})&ugcPosts=List({enc(quiet)})")
    told = org.get(path).json()["elements"]
    assert [row["share"] for row in told] == [busy] and told[0]["totalShareStatistics"]["commentCount"] == 1
    assert org.get(f"{REST}/socialMetadata/{enc(busy)}").json()["commentSummary"] == {"count": 1, "topLevelCount": 1}
    assert org.get(f"{REST}/networkSizes/{enc(org.id)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER").json()["firstDegreeSize"] > 0


# --- signing in ---------------------------------------------------------------------------------------------------


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}


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


# --- limits and errors --------------------------------------------------------------------------------------------


def test_a_member_has_150_calls_a_day_and_no_header_says_so(net: Net, member: Account) -> None:
    net.set(linkedin_member_calls_per_day=2)
    for n in range(2):
        post(member, f"Number {n}")
    answer = member.post(f"{REST}/posts", json=draft(member.id, "One more"))
    assert answer.status_code == 429 and answer.json() == {
        "status": 429, "code": "TOO_MANY_REQUESTS", "serviceErrorCode": 101,
        "message": "Resource level throttle limit for calls to this resource is reached."}
    assert not [name for name in answer.headers if "limit" in name.lower() or name.lower() == "retry-after"]
    net.advance(86_400)
    post(member, "One more")


def test_the_default_is_150_for_members_and_none_for_organizations(net: Net, member: Account, org: Account) -> None:
    seen = [member.get(f"{REST}/organizationAcls?q=roleAssignee").status_code for _ in range(151)]
    assert seen == [403] * 150 + [429]
    assert {org.get(f"{REST}/organizationAcls?q=roleAssignee").status_code for _ in range(151)} == {200}


def test_tokens_that_are_dead(net: Net, org: Account) -> None:
    path = "/api.linkedin.com/v2/userinfo"
    assert net.get(path).json()["code"] == "EMPTY_ACCESS_TOKEN"
    assert net.get(path, headers=headers("rubbish")).json()["code"] == "INVALID_ACCESS_TOKEN"
    fresh = net.account("linkedin")
    net.door("POST", "/__expire", {"network": "linkedin", "account": org.id, "how": "revoke"})
    answer = org.post(f"{REST}/posts", json=draft(org.id))
    assert answer.status_code == 401 and answer.json()["code"] == "REVOKED_ACCESS_TOKEN"
    net.advance(61 * 86_400)
    assert fresh.get(path).json()["code"] == "EXPIRED_ACCESS_TOKEN"


@pytest.mark.parametrize(("rule", "status", "code"), [
    ({"kind": "after", "how": "error"}, 504, "GATEWAY_TIMEOUT"), ({"kind": "after", "how": "status", "status": 500}, 500, "INTERNAL_SERVER_ERROR"),
    ({"kind": "after", "how": "status", "status": 409}, 409, "CONFLICT")])
def test_errors_after_the_post_was_made(net: Net, org: Account, rule: dict[str, Any], status: int, code: str) -> None:
    net.fault("linkedin", **rule)
    assert refused(org, draft(org.id)) == (status, code)
    assert len(net.book("linkedin")) == 1
    assert refused(org, draft(org.id)) == (422, "DUPLICATE_POST")


def test_what_is_not_there(org: Account) -> None:
    assert org.get(f"{REST}/posts/{enc('urn:li:share:1')}").status_code == 404
    assert org.get(f"{REST}/nonsense").status_code == 404
    answer = org.post(f"{REST}/posts", data=b"not json", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
