"""`python -m sandbox.bench`: how many publish requests a second one sandbox process takes. Prints a JSON line a network.

`per_second` is by the clock (the machine may be busy), `per_core_second` by the processor time of the sandbox alone.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

KEY = "bench"


async def _containers(http: aiohttp.ClientSession, base: str, accounts: list[dict[str, Any]], total: int) -> list[str]:
    """Instagram needs a container a post: made before the clock runs, from a picture the sandbox itself serves."""
    out = io.BytesIO()
    Image.new("RGB", (320, 320), "teal").save(out, "JPEG")
    uploader = (await (await http.post(f"{base}/__world", json={"network": "twitter", "accounts": 1})).json())[0]
    form = aiohttp.FormData()
    form.add_field("media", out.getvalue(), filename="a.jpg")
    (await http.post(f"{base}/api.x.com/2/media/upload", data=form, headers=_bearer(uploader))).release()
    address = f"{base}/__media/{hashlib.sha256(out.getvalue()).hexdigest()}"
    made = []
    for number in range(total):
        account = accounts[number % len(accounts)]
        body = {"image_url": address, "caption": f"Story time number {number} at the library"}
        path = f"{base}/graph.facebook.com/v25.0/{account['external_id']}/media"
        async with http.post(path, json=body, headers=_bearer(account)) as reply:
            made.append((await reply.json())["id"])
    return made


def _bearer(account: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {account['token']['access']}"}


def _request(network: str, account: dict[str, Any], number: int, containers: list[str]) -> tuple[str, dict[str, Any], dict[str, str]]:
    """(path, JSON body, headers) of one visible publish."""
    text = f"Story time number {number} at the library, all welcome https://example.org/r/{number:x}"
    headers = _bearer(account)
    who = account["external_id"]
    if network == "facebook":
        return f"/graph.facebook.com/v25.0/{who}/feed", {"message": text}, headers
    if network == "instagram":
        return f"/graph.facebook.com/v25.0/{who}/media_publish", {"creation_id": containers[number]}, headers
    if network == "twitter":
        return "/api.x.com/2/tweets", {"text": text}, headers
    headers.update({"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"})
    body = {"author": who, "commentary": text, "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
            "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []}}
    return "/api.linkedin.com/rest/posts", body, headers


def _cpu_seconds(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _load(base: str, pid: int, network: str, total: int, clients: int) -> dict[str, Any]:
    """Send `total` publishes over `clients` connections; all must be taken."""
    async with aiohttp.ClientSession(headers={"X-Sandbox-Key": KEY}) as http:
        settings = {"x_limits": {"tweets.create": 10**9}, "facebook_calls_per_day": 10**9, "x_app_posts_per_day": 10**9,
                    "instagram_posts_per_day": 10**9, "instagram_containers_per_day": 10**9}
        (await http.post(f"{base}/__settings", json=settings)).release()
        answer = await http.post(f"{base}/__world", json={"network": network, "accounts": 10})
        accounts = await answer.json()
        containers = await _containers(http, base, accounts, total) if network == "instagram" else []
        numbers = iter(range(total))
        bad = 0

        async def work() -> None:
            nonlocal bad
            for number in numbers:
                path, body, headers = _request(network, accounts[number % len(accounts)], number, containers)
                async with http.post(base + path, json=body, headers=headers) as reply:
                    await reply.read()
                    bad += reply.status >= 300

        began, burnt = time.perf_counter(), _cpu_seconds(pid)
        await asyncio.gather(*(work() for _ in range(clients)))
        took, burnt = time.perf_counter() - began, _cpu_seconds(pid) - burnt
        book = await (await http.get(f"{base}/__book", params={"network": network})).json()
        return {"network": network, "requests": total, "refused": bad, "per_second": round(total / took),
                "per_core_second": round(total / burnt), "booked": len(book[network])}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.bench", description=__doc__)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--clients", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--dir", folder, "--secret", KEY]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            base = f"http://127.0.0.1:{json.loads(server.stdout.readline())['port']}"
            try:
                for network in ("facebook", "instagram", "twitter", "linkedin"):
                    print(json.dumps(asyncio.run(_load(base, server.pid, network, options.requests, options.clients))), flush=True)
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
