"""The sandbox as judge: what was answered is in the book, also after a kill; and it keeps to itself."""

from __future__ import annotations

import ast
import hashlib
import os
import signal
import threading
from pathlib import Path

import pytest
import requests

from sandbox.book import Book
from sandbox.requestlog import RequestLog
from tests.contracts.twins.support import GRAPH, REST, ROOT, Account, Net, X, own_sandbox, picture


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    answered: list[str] = []
    with own_sandbox(tmp_path) as (net, process):
        net.set(x_limits={"tweets.create": 10_000}, linkedin_duplicate_s=77)
        who = net.account("twitter")

        def write() -> None:
            with requests.Session() as session:
                for n in range(10_000):
                    try:
                        answer = session.post(net.url + f"{X}/tweets", json={"text": f"Number {n}"}, headers=who.headers, timeout=5)
                    except requests.exceptions.RequestException:
                        return
                    answered.append(answer.json()["data"]["id"])
                    if n == 150:
                        os.kill(process.pid, signal.SIGKILL)

        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        process.wait()
    with own_sandbox(tmp_path) as (net, _):
        held = [row["id"] for row in net.book("twitter")]
        assert len(answered) >= 150 and set(answered) <= set(held) and len(held) <= len(answered) + 1
        assert net.door("GET", "/__settings")["linkedin_duplicate_s"] == 77
        assert [row for row in net.log() if row["applied"]][-1]["network"] == "twitter"
        again = Account(net, who.made)      # tokens live on, and so do the rules
        assert again.post(f"{X}/tweets", json={"text": "Number 1"}).status_code == 403
        assert again.post(f"{X}/tweets", json={"text": "After the kill"}).status_code == 201


def test_a_half_written_line_is_cut_off(tmp_path: Path) -> None:
    with own_sandbox(tmp_path) as (net, process):
        page = net.account("facebook")
        page.post(f"{GRAPH}/{page.id}/feed", json={"message": "Whole"})
        process.kill()
        process.wait()
    with (tmp_path / "journal.jsonl").open("ab") as journal:
        journal.write(b'[["posts","facebook:1",{"id":"1","te')
    with own_sandbox(tmp_path) as (net, _):
        assert [row["text"] for row in net.book("facebook")] == ["Whole"]


def test_a_long_journal_is_written_anew_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book(tmp_path)
    row = book.add_post("facebook", {"id": "1", "account": "2", "text": "first", "media": [], "at": 1.0, "visible": True, "path": "/"})
    for n in range(200):
        row["text"] = f"version {n}"
        book.save_post(row)
        book.commit()
    book.put("tokens", "t", {"t": "t"})
    book.drop("tokens", "t")
    book.set("x_duplicate_s", 5)
    book.close()
    before = book.path.stat().st_size
    monkeypatch.setattr("sandbox.book.REWRITE_ABOVE", 100)
    for _ in range(2):
        again = Book(tmp_path)
        assert [r["text"] for r in again.posts("facebook", "2")] == ["version 199"] and again.t["tokens"] == {}
        assert again.settings["x_duplicate_s"] == 5 and again.path.stat().st_size < before / 20
        again.close()


def test_the_request_log_keeps_the_newest_entries_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.requestlog.KEEP", 10)
    monkeypatch.setattr("sandbox.requestlog.FILE_MAX", 4000)
    log = RequestLog(tmp_path)
    for n in range(100):
        entry = log.open(at=float(n), network="x", method="GET", path="/")
        log.write(entry)
        entry["done_at"] = n + 0.5
        log.write(entry)
        assert log.path.stat().st_size <= 4000
    log.close()
    again = RequestLog(tmp_path)
    assert [entry["n"] for entry in again.since(0)] == list(range(91, 101)) and again.last == 100
    assert again.entries[100]["done_at"] == 99.5
    again.close()


def test_faults_and_drafts_survive_a_restart_and_uploads_can_still_be_used(tmp_path: Path) -> None:
    with own_sandbox(tmp_path) as (net, _):
        net.door("POST", "/__faults", {"network": "facebook", "kind": "slow", "seconds": 0.01})
        page = net.account("facebook")
        photo = page.post(f"{GRAPH}/{page.id}/photos", data={"published": "false"}, files={"source": ("a.jpg", picture())}).json()["id"]
        draft = page.post(f"{GRAPH}/{page.id}/feed", json={"message": "Soon", "published": False, "attached_media": [{"media_fbid": photo}]})
    with own_sandbox(tmp_path) as (net, _):
        assert len(net.door("GET", "/__faults")) == 1
        again = Account(net, page.made)
        assert again.post(f"{GRAPH}/{draft.json()['id']}", data={"is_published": "true"}).json() == {"success": True}
        held = net.book("facebook")[0]
        assert held["visible"] and held["media"][0]["sha256"] == hashlib.sha256(picture()).hexdigest()
        assert net.get(f"/__media/{held['media'][0]['sha256']}").content == picture()


def test_the_book_tells_everything_a_judge_needs(net: Net, org: Account, x: Account) -> None:
    body = {"author": org.id, "commentary": "See https://example.org/r/abc", "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
            "distribution": {"feedDistribution": "MAIN_FEED"}}
    urn = org.post(f"{REST}/posts", json=body).headers["x-restli-id"]
    x.post(f"{X}/tweets", json={"text": "See https://example.org/r/abc"})
    book = net.door("GET", "/__book?comments=1")
    held = book["linkedin"][0]
    assert {"id", "account", "text", "media", "at", "visible", "deleted", "url"} <= set(held) and held["id"] == urn
    assert book["twitter"][0]["text"] == "See https://example.org/r/abc"        # as written, not as X wraps it
    assert net.get(held["url"]).status_code == 200 and held["comments"] == []
    assert list(net.door("GET", "/__book?network=x")) == ["x"]


def test_worlds_are_ready_to_publish_on_all_networks(net: Net) -> None:
    for network in ("facebook", "instagram", "twitter", "linkedin"):
        made = net.door("POST", "/__world", {"network": network, "accounts": 3})
        assert len({row["external_id"] for row in made}) == 3
        assert all(row["name"] and row["handle"] and row["token"]["access"] and row["facts"]["kind"] for row in made)
        assert net.get(made[0]["url"]).status_code == 200
    answer = net.post("/__world", json={"network": "myspace"}, headers={"X-Sandbox-Key": "twins"})
    assert answer.status_code == 400


def test_the_judge_shares_no_code_with_what_it_judges() -> None:
    ours = {"library_social", "scheduler", "planner", "programs", "inbox", "posts", "media_library", "platforms", "libraries",
            "audit", "core"}
    for file in (ROOT / "sandbox").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else (
                [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else [])
            assert not {name.split(".")[0] for name in names} & ours, file
