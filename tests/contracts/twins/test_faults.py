"""What each fault does, seen by the client and in the book."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.contracts.twins.support import GRAPH, KEY, REST, Account, Net, Shelf, X, picture

KEYED = {"X-Sandbox-Key": KEY}


class Writer:
    """One visible write on any network."""

    def __init__(self, net: Net, network: str, shelf: Shelf) -> None:
        self.net, self.network = net, network
        self.who = net.account(network)
        self.container = ""
        if network == "instagram":
            made = self.who.post(f"{GRAPH}/{self.who.id}/media", data={"image_url": shelf.put(picture())})
            self.container = made.json()["id"]

    def write(self, **named: Any) -> requests.Response:
        who = self.who
        if self.network == "facebook":
            return who.post(f"{GRAPH}/{who.id}/feed", json={"message": "Story time"}, **named)
        if self.network == "instagram":
            return who.post(f"{GRAPH}/{who.id}/media_publish", data={"creation_id": self.container}, **named)
        if self.network == "twitter":
            return who.post(f"{X}/tweets", json={"text": "Story time"}, **named)
        body = {"author": who.id, "commentary": "Story time", "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
                "distribution": {"feedDistribution": "MAIN_FEED"}}
        return who.post(f"{REST}/posts", json=body, **named)

    def copies(self) -> int:
        return len([row for row in self.net.book(self.network) if row["visible"]])

    def fate(self) -> dict[str, Any]:
        return [entry for entry in self.net.log() if entry["kind"] == "visible"][-1]


@pytest.fixture(params=["facebook", "instagram", "twitter", "linkedin"])
def writer(request: pytest.FixtureRequest, net: Net, shelf: Shelf) -> Writer:
    return Writer(net, request.param, shelf)


@pytest.mark.parametrize(("kind", "copies"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("how", ["reset", "drop"])
def test_a_connection_that_breaks(writer: Writer, kind: str, copies: int, how: str) -> None:
    writer.net.fault(writer.network, kind, how=how)
    with pytest.raises(requests.exceptions.ConnectionError):
        writer.write()
    assert writer.copies() == copies
    fate = writer.fate()
    assert (fate["fault"], fate["applied"]) == (f"{kind}:{how}", bool(copies))


@pytest.mark.parametrize(("kind", "copies"), [("before", 0), ("after", 1)])
def test_an_answer_that_never_comes(writer: Writer, kind: str, copies: int) -> None:
    writer.net.fault(writer.network, kind, how="hang", seconds=20)
    with pytest.raises(requests.exceptions.ReadTimeout):
        writer.write(timeout=0.3)
    assert writer.copies() == copies


@pytest.mark.parametrize(("kind", "copies"), [("before", 0), ("after", 1)])
def test_a_server_error(writer: Writer, kind: str, copies: int) -> None:
    writer.net.fault(writer.network, kind, how="status", status=502)
    assert writer.write().status_code == 502 and writer.copies() == copies


def test_an_answer_nobody_can_read(writer: Writer) -> None:
    writer.net.fault(writer.network, "garbage")
    answer = writer.write()
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert answer.status_code == 200 and writer.copies() == 1


def test_applied_late_after_the_client_gave_up(writer: Writer) -> None:
    writer.net.fault(writer.network, "late", seconds=0.5)
    began = time.time()
    with pytest.raises(requests.exceptions.ReadTimeout):
        writer.write(timeout=0.2)
    assert writer.copies() == 0
    _until(lambda: writer.copies() == 1)
    assert writer.net.book(writer.network)[0]["at"] - began >= 0.5
    _until(lambda: writer.fate()["applied"])
    assert writer.fate()["fault"] == "late"


@pytest.mark.parametrize(("kind", "statuses"), [("429", {400, 429}), ("expired", {400, 401}), ("revoked", {400, 401}),
                                                ("duplicate", {400, 403, 422})])
def test_the_networks_own_refusals(writer: Writer, kind: str, statuses: set[int]) -> None:
    writer.net.fault(writer.network, kind)
    assert writer.write().status_code in statuses and writer.copies() == 0
    assert writer.write().status_code < 300 and writer.copies() == 1


def test_slow_and_dripping_answers_are_whole(writer: Writer) -> None:
    writer.net.fault(writer.network, "slow", where="visible", seconds=0.3)
    answer = writer.write()
    assert answer.elapsed.total_seconds() >= 0.3 and answer.status_code < 300
    writer.net.fault(writer.network, "drip", where="read", seconds=0.3)
    began = time.monotonic()
    paths = {"facebook": f"{GRAPH}/{writer.who.id}", "instagram": f"{GRAPH}/{writer.who.id}", "twitter": f"{X}/users/me",
             "linkedin": "/api.linkedin.com/v2/userinfo"}
    assert writer.who.get(paths[writer.network]).json() and time.monotonic() - began >= 0.25


def test_a_black_hole_takes_reads_and_writes(writer: Writer) -> None:
    writer.net.door("POST", "/__faults", {"network": writer.network, "kind": "black_hole"})
    for _ in range(2):
        with pytest.raises(requests.exceptions.ReadTimeout):
            writer.write(timeout=0.15)
    assert writer.copies() == 0
    writer.net.door("DELETE", "/__faults")
    assert writer.write().status_code < 300


def test_lies_hit_the_share_they_should_and_the_log_tells(net: Net) -> None:
    who = net.account("twitter")
    net.set(x_limits={"tweets.create": 1000})
    net.door("POST", "/__faults", {"network": "x", "kind": "lie", "rate": 0.5, "how": "status", "weights": {"before": 1, "after": 1}})
    for n in range(200):
        who.post(f"{X}/tweets", json={"text": f"Number {n}"})
    visible = [entry for entry in net.log() if entry["kind"] == "visible"]
    lied = [entry for entry in visible if entry["fault"]]
    assert len(visible) == 200 and 60 < len(lied) < 140
    assert {entry["fault"] for entry in lied} == {"lie:before:status", "lie:after:status"}
    assert len(net.book("twitter")) == len([entry for entry in visible if entry["applied"]])
    assert who.get(f"{X}/users/me").status_code == 200       # reads are never lied about


def test_a_late_lie_hangs_and_is_applied_within_its_seconds(net: Net) -> None:
    who = net.account("linkedin")
    net.door("POST", "/__faults", {"network": "linkedin", "kind": "lie", "seconds": 0.4, "weights": {"late": 1}})
    body = {"author": who.id, "commentary": "Late", "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
            "distribution": {"feedDistribution": "MAIN_FEED"}}
    with pytest.raises(requests.exceptions.ReadTimeout):
        who.post(f"{REST}/posts", json=body, timeout=0.1)
    _until(lambda: len(net.book("linkedin")) == 1)
    assert net.log()[-1]["fault"] == "lie:late"


def test_rules_are_told_counted_and_removed(net: Net) -> None:
    made = net.door("POST", "/__faults", [{"network": "x", "kind": "reset", "account": "42", "count": 3},
                                          {"network": "facebook", "kind": "slow", "rate": 0.1}])
    assert [(r["network"], r["kind"], r["where"]) for r in made] == [("twitter", "reset", "any"), ("facebook", "slow", "any")]
    assert len(net.door("GET", "/__faults")) == 2
    net.door("DELETE", f"/__faults?id={made[0]['id']}")
    assert [r["kind"] for r in net.door("GET", "/__faults")] == ["slow"]


@pytest.mark.parametrize("rule", [{"network": "x", "kind": "nonsense"}, {"network": "myspace", "kind": "reset"},
                                  {"network": "x", "kind": "after", "how": "politely"}, {"network": "x", "kind": "after", "where": "here"}])
def test_a_rule_that_makes_no_sense_is_refused_in_words(net: Net, rule: dict[str, str]) -> None:
    answer = net.post("/__faults", json=rule, headers=KEYED)
    assert answer.status_code == 400 and "must be one of" in answer.json()["error"]


def test_a_rule_for_one_account_leaves_the_others_alone(net: Net) -> None:
    first, second = net.account("facebook"), net.account("facebook")
    net.door("POST", "/__faults", {"network": "facebook", "kind": "status", "account": first.id})
    assert first.post(f"{GRAPH}/{first.id}/feed", json={"message": "x"}).status_code == 503
    assert second.post(f"{GRAPH}/{second.id}/feed", json={"message": "x"}).status_code == 200


@pytest.mark.parametrize("door", ["/__faults", "/__book", "/__log", "/__settings"])
def test_the_doors_need_the_key(net: Net, door: str) -> None:
    assert net.get(door).status_code == 403 and net.get(door, headers={"X-Sandbox-Key": "wrong"}).status_code == 403
    assert net.get(door, params={"key": KEY}).status_code == 200


def test_latency_is_by_kind_of_request(net: Net, page: Account) -> None:
    net.set(latency_ms_visible=150, latency_ms_other=30)
    write = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "x"}).elapsed.total_seconds()
    read = page.get(f"{GRAPH}/{page.id}").elapsed.total_seconds()
    assert write >= 0.15 and 0.03 <= read < 0.15
    entry = next(e for e in net.log() if e["kind"] == "visible")
    assert entry["done_at"] - entry["at"] >= 0.15


def test_every_request_says_its_kind(net: Net, page: Account) -> None:
    page.post(f"{GRAPH}/{page.id}/photos", data={"published": "false"}, files={"source": ("a.jpg", picture())})
    page.post(f"{GRAPH}/{page.id}/feed", json={"message": "x", "published": False})
    page.post(f"{GRAPH}/{page.id}/feed", json={"message": "x"})
    page.get(f"{GRAPH}/{page.id}/feed")
    assert [e["kind"] for e in net.log()] == ["staging", "staging", "visible", "read"]
    assert [e["n"] for e in net.door("GET", "/__log?since=3")] == [4] and {e["account"] for e in net.log()} == {page.id}
    assert page.token not in str(net.log())


def _until(true: Any, seconds: float = 5) -> None:
    """Ask again until it is so; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.02)
