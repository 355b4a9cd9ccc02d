"""The LinkedIn twin against linkedin.md."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.twins.linkedin_calls import draft, headers, image, listed, post, refused
from tests.contracts.twins.support import REST, Account, Net, enc, picture

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
