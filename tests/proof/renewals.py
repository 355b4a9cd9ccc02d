"""Workers are killed while a token that may be used once is being renewed. Does the account live on?"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.proof import load
from tests.proof.stack import Stack


def until(what: Callable[[], Any], seconds: float) -> Any:
    """Poll until it is true. Returns what was last seen."""
    ends = time.monotonic() + seconds
    while not (seen := what()) and time.monotonic() < ends:
        time.sleep(0.02)
    return seen


def renewals(kills: int, seed: int) -> dict[str, Any]:
    """Let workers renew one X account's token `kills` times and kill every worker with SIGKILL each time.

    The network takes 300 ms to answer. A kill counts only while the lease of the renewal is held.
    """
    stack, dice = Stack(workers=1, threads=16), random.Random(seed)
    try:
        stack.start()
        import django

        django.setup()
        from django.utils import timezone

        from platforms import vault
        from platforms.models import Account, Credential
        from tests import factories

        account = load.connected(stack, factories.library("Chaos Library"), 1)["twitter"][0]
        mine = Credential.objects.filter(account=account, revoked_at=None)
        stack.door("POST", "/__settings", {"latency_ms_other": 300})
        killed = missed = 0
        while killed < kills and missed < kills and Account.objects.get(pk=account.pk).state == Account.CONNECTED:
            version = vault.current(account.pk).version
            now = timezone.now()
            mine.update(expires_at=now + timedelta(seconds=90), issued_at=now - timedelta(hours=2))
            until(lambda: mine.exclude(renewing_by=None).exists(), 30)
            time.sleep(dice.uniform(0, 1.6))
            inside = mine.filter(version=version).exclude(renewing_by=None).exists()
            stack.kill("worker0")
            stack.spawn("worker0")
            killed, missed = killed + inside, missed + (not inside)
            until(lambda was=version: mine.filter(version__gt=was, renewing_by=None).exists(), 45)
        log = [row for row in stack.door("GET", "/__log") if row["path"].endswith("/2/oauth2/token")]
        return {
            "renewal_kills": killed, "kills_outside": missed, "renewed": vault.current(account.pk).version - 1,
            "refreshes_seen": len(log), "refused": sum((row["status"] or 500) >= 400 for row in log),
            "accounts_lost": int(Account.objects.get(pk=account.pk).state != Account.CONNECTED),
        }  # fmt: skip
    finally:
        stack.stop()
