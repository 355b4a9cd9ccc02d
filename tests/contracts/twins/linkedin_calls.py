"""Calls to the LinkedIn twin that several test files make."""

from __future__ import annotations

from typing import Any

from tests.contracts.twins.support import REST, Account, picture


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


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}
