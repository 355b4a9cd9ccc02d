"""What the public and the operator see of the practice networks."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.contracts.twins.support import GRAPH, KEY, REST, Account, Net, Shelf, X, picture

SLUGS = {"facebook": "facebook", "instagram": "instagram", "twitter": "x", "linkedin": "linkedin"}


def publish(net: Net, network: str, shelf: Shelf, text: str = "Story <time> & tea #FernhollowReads") -> tuple[Account, dict[str, Any]]:
    """A post with one picture and alt text; returns the account and its entry in the book."""
    who = net.account(network)
    if network == "facebook":
        photo = who.post(f"{GRAPH}/{who.id}/photos", data={"published": "false", "alt_text_custom": "A red door"},
                         files={"source": ("a.jpg", picture())}).json()["id"]
        who.post(f"{GRAPH}/{who.id}/feed", json={"message": text, "attached_media": [{"media_fbid": photo}]})
    elif network == "instagram":
        made = who.post(f"{GRAPH}/{who.id}/media", data={"image_url": shelf.put(picture()), "caption": text, "alt_text": "A red door"})
        who.post(f"{GRAPH}/{who.id}/media_publish", data={"creation_id": made.json()["id"]})
    elif network == "twitter":
        media = who.post(f"{X}/media/upload", files={"media": picture()}).json()["data"]["id"]
        who.post(f"{X}/media/metadata", json={"id": media, "metadata": {"alt_text": {"text": "A red door"}}})
        who.post(f"{X}/tweets", json={"text": text, "media": {"media_ids": [media]}})
    else:
        asked = who.post(f"{REST}/images?action=initializeUpload", json={"initializeUploadRequest": {"owner": who.id}}).json()
        net.call("PUT", asked["value"]["uploadUrl"], data=picture())
        who.post(f"{REST}/posts", json={
            "author": who.id, "commentary": re.sub(r"([<>])", r"\\\1", text), "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
            "distribution": {"feedDistribution": "MAIN_FEED"}, "content": {"media": {"id": asked["value"]["image"], "altText": "A red door"}}})
    return who, net.book(network)[-1]


@pytest.fixture(params=list(SLUGS))
def network(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_post_is_on_the_timeline_its_own_page_and_its_accounts_page(net: Net, network: str, shelf: Shelf) -> None:
    who, held = publish(net, network, shelf)
    for path in (f"/{SLUGS[network]}", held["url"], who.made["url"]):
        page = net.get(path)
        assert page.status_code == 200 and "Story &lt;time&gt; &amp; tea" in page.text, path
        assert '<span class="tag">#FernhollowReads</span>' in page.text
        assert '<summary aria-label="Read the description of this picture">ALT</summary><p>A red door</p>' in page.text
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "<script" not in page.text
        assert "style=" not in page.text
    image = re.search(r'/__media/[0-9a-f]{64}', net.get(held["url"]).text)
    assert image and net.get(image.group()).headers["Content-Type"] == "image/jpeg"


def test_a_patron_comments_and_the_account_hears_of_it(net: Net, network: str, shelf: Shelf) -> None:
    who, held = publish(net, network, shelf)
    form = {"post": held["id"], "author": "Ann Marlow", "text": "Is it <free>?"}
    answer = net.post(f"/{SLUGS[network]}/comment", data=form)
    assert answer.status_code == 303
    assert "Is it &lt;free&gt;?" in net.get(answer.headers["Location"].partition("#")[0]).text
    foreign = net.post(f"/{SLUGS[network]}/comment", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert net.post(f"/{SLUGS[network]}/comment", data={**form, "text": " "}).status_code == 400
    told = net.door("GET", f"/__book?network={network}&comments=1")[network][-1]
    if network != "twitter":
        assert [c["text"] for c in told["comments"]] == ["Is it <free>?"]
    else:
        found = who.get(f"{X}/tweets/search/recent", params={"query": f"conversation_id:{held['id']} is:reply"}).json()
        assert [row["text"] for row in found["data"]] == ["Is it &lt;free&gt;?"]


def test_what_is_deleted_or_a_draft_is_not_shown(net: Net, page: Account) -> None:
    draft = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "Not yet", "published": False}).json()["id"]
    gone = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "Gone"}).json()["id"]
    page.delete(f"{GRAPH}/{gone}")
    assert "Not yet" not in net.get("/facebook").text and "Gone" not in net.get("/facebook").text
    for row in net.book("facebook"):
        assert row["id"] in (draft, gone) and net.get(row["url"]).status_code == 404


def test_a_long_timeline_has_older_posts(net: Net, page: Account) -> None:
    for n in range(16):
        page.post(f"{GRAPH}/{page.id}/feed", json={"message": f"Post number {n:02}"})
    first, second = net.get("/facebook").text, net.get("/facebook?skip=15").text
    assert "Post number 15" in first and "Post number 00" not in first and "?skip=15" in first
    assert "Post number 00" in second


def test_the_index_lists_four_networks_and_the_key_opens_the_console(net: Net) -> None:
    index = net.get("/")
    assert all(f'href="/{slug}"' in index.text for slug in SLUGS.values())
    assert net.get("/faults").status_code == 403
    opened = net.get("/", params={"key": KEY})
    cookie = opened.headers["Set-Cookie"]
    assert opened.status_code == 303 and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "Set-Cookie" not in net.get("/", params={"key": "wrong"}).headers
    keyed = {"Cookie": cookie.partition(";")[0]}
    net.session.cookies.clear()
    assert net.get("/faults", headers=keyed).status_code == 200 and net.get("/tokens", headers=keyed).status_code == 200


def test_faults_and_tokens_by_hand(net: Net, page: Account) -> None:
    keyed = {"X-Sandbox-Key": KEY}
    form = {"network": "facebook", "kind": "reset", "where": "", "percent": "50", "count": "", "seconds": ""}
    assert net.post("/faults/add", data=form, headers=keyed).status_code == 303
    rule = net.door("GET", "/__faults")[0]
    assert (rule["rate"], rule["count"], rule["where"]) == (0.5, None, "any")
    assert "Connection reset" in net.get("/faults", headers=keyed).text
    assert net.post("/faults/remove", data={"id": rule["id"]}, headers=keyed).status_code == 303
    assert net.door("GET", "/__faults") == []
    assert page.made["name"] in net.get("/tokens", headers=keyed).text
    net.post("/tokens/end", data={"network": "facebook", "account": page.id, "how": "expire"}, headers=keyed)
    assert page.get(f"{GRAPH}/{page.id}").json()["error"]["error_subcode"] == 463
    assert net.post("/faults/add", data=form).status_code == 403
    assert net.post("/faults/add", data=form, headers={**keyed, "Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("path", ["/nowhere", "/__media/../../etc/passwd", "/__static/../server.py", "/__static/%2e%2e%2fserver.py",
                                  "/__media/" + "0" * 64, "/x.com/nobody/status/1"])
def test_what_is_not_there_is_404(net: Net, path: str) -> None:
    assert net.get(path).status_code in (403, 404)


def test_addresses_lead_back_to_where_they_were_asked(net: Net, page: Account) -> None:
    made = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "x"}).json()["id"]
    local = page.get(f"{net.url.replace('127.0.0.1', 'localhost')}{GRAPH}/{made}?fields=permalink_url").json()
    assert local["permalink_url"].startswith(net.url.replace("127.0.0.1", "localhost"))
    assert json.dumps(local).count("evil") == 0
    forged = page.get(f"{GRAPH}/{made}?fields=permalink_url", headers={"Host": "evil.example/<x>"}).json()
    assert "evil" not in forged["permalink_url"]
