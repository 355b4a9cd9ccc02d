"""Renew one token under a lease that somebody else took; see platforms/apart.py."""

from __future__ import annotations

import logging
import os
import uuid
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from platforms import accounts, lines
from platforms.base import RemoteError, Unauthorized
from platforms.models import Account, Credential
from platforms.vault import Renewal

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Renews the token of an account under a lease. Called by workers; of no use by hand."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", type=int)
        parser.add_argument("holder", type=uuid.UUID)

    def handle(self, *_args: Any, account: int, holder: uuid.UUID, **_options: Any) -> None:
        """Does nothing where the lease is not the one named: then somebody else is at it."""
        credential = Credential.objects.filter(account_id=account, renewing_by=holder, revoked_at=None).first()
        if credential is None:
            return
        if os.getpgid(0) != os.getpid():
            os.setsid()
        of, lease = Account.objects.get(pk=account), Renewal(credential, holder)
        try:
            lines.renew_under(lease, of)
        except Unauthorized as error:
            accounts.needs_reconnecting(of, error.code)
            lease.give_up()
        except RemoteError as error:
            log.warning("The token of account %s was not renewed: %s", account, error)
