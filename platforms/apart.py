"""Renewing a rotating token in a process that outlives whoever asked for it.

X's refresh token is spent by the very request that brings the next one (platforms' own documentation of OAuth 2.0 with
`offline.access`). A worker that is killed between that answer and our commit would lose the account, and workers are
what gets killed: they are many, large and restarted with every update. So a worker hands the exchange, under the lease
that it holds, to a small process of its own session that belongs to nobody, and waits for what it writes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta

from django.conf import settings
from django.db import connection

from platforms import vault
from platforms.base import Unauthorized, Unavailable
from platforms.models import Account, Credential

LOOK_EVERY_S = 0.1


def renew(account: Account, lease: vault.Renewal) -> bool:
    """Have the lease's token renewed elsewhere and wait for it. True where that happened.

    Raises Unauthorized where the network refused for good (the account then needs reconnecting already), and
    Unavailable where nobody can say yet.
    """
    connection.close()
    # The shell ends at once, so that the process has no parent among the workers and no signal of theirs reaches it.
    words = [sys.executable, str(settings.BASE_DIR / "manage.py"), "renew_token", str(account.pk), str(lease.holder)]
    subprocess.run(
        ["/bin/sh", "-c", '"$@" </dev/null >/dev/null 2>&1 &', "renew", *words],
        check=True, start_new_session=True, timeout=10,
    )  # fmt: skip
    ends = time.monotonic() + vault.RENEWAL_LEASE.total_seconds()
    while time.monotonic() < ends:
        time.sleep(LOOK_EVERY_S)
        now = Credential.objects.filter(pk=lease.credential.pk).values("version", "renewing_by", "revoked_at").first()
        connection.close()
        if now is None or now["version"] != lease.credential.version or now["revoked_at"]:
            return now is not None and not now["revoked_at"]
        if now["renewing_by"] != lease.holder:
            break
    if Account.objects.filter(pk=account.pk).exclude(state=Account.CONNECTED).exists():
        raise Unauthorized(code="renewal_refused", detail="the network did not take the token that renews")
    raise Unavailable(code="token_being_renewed", retry_after=timedelta(seconds=2))
