"""Signing in at a practice network as a person does it: off to its page, press a button, come back."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request

from tests.contracts.practice import NoRedirect, Practice


def begin(client, platform, **data) -> str:
    answer = client.post(f"/accounts/connect/{platform}/", data)
    assert answer.status_code == 302
    return answer.url


def press(url: str, decision: str = "allow", **form: str) -> str:
    """Press a button on the network's page; the path and query of ours that it leads back to."""
    data = urllib.parse.urlencode({"decision": decision, **form}).encode()
    try:
        urllib.request.build_opener(NoRedirect).open(url, data, timeout=10)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.headers["Location"].removeprefix("http://127.0.0.1:9")
    raise AssertionError("the sign-in page did not lead back")


def ticks(practice: Practice, url: str, without: str) -> dict[str, str]:
    """Every tick of Facebook's page but one."""
    names = re.findall(r'name="((?:scope|page):[^"]+)"', practice.page(url))
    return {"chosen": "1", **{name: "on" for name in names if name != f"scope:{without}"}}


def connect(client, platform: str, **form: str):
    return client.get(press(begin(client, platform), **form), follow=True)
