"""Tokens at rest: encrypted with rotating keys that are not SECRET_KEY, renewed by one worker at a time.

Only platforms.lines, platforms.connect and the scheduler's renewal may import this module (a contract holds it).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.dateparse import parse_datetime

from core.database import hot
from platforms.base import Token
from platforms.models import Account, Credential

Binary = bytes | memoryview  # what a BinaryField may hold
RENEWAL_LEASE = timedelta(seconds=30)


class NoToken(Exception):
    """The account has no token that could be read: it must be connected again."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: bytes) -> bytes:
    """With the first key of TOKEN_KEYS."""
    return _box(tuple(settings.TOKEN_KEYS)).encrypt(plain)


def decrypt(cipher: Binary) -> bytes:
    """With any key of TOKEN_KEYS. Raises NoToken when none fits."""
    try:
        return _box(tuple(settings.TOKEN_KEYS)).decrypt(bytes(cipher))
    except InvalidToken as error:
        raise NoToken("the token was encrypted with a key that is gone") from error


def key_id() -> str:
    """A short fingerprint of the key in use: says which credentials still wait for rotation."""
    return hashlib.sha256(settings.TOKEN_KEYS[0].encode()).hexdigest()[:12]


def pack(token: Token) -> bytes:
    return encrypt(json.dumps(asdict(token), default=lambda value: value.isoformat()).encode())


def unpack(cipher: Binary) -> Token:
    data = json.loads(decrypt(cipher))
    for name in ("expires_at", "refresh_expires_at"):
        data[name] = parse_datetime(data[name]) if data[name] else None
    return Token(**{**data, "scopes": tuple(data["scopes"])})


def store(account: Account, token: Token) -> Credential:
    """Replace the credential in force by a new one, in one transaction."""
    with transaction.atomic():
        Credential.objects.filter(account=account, revoked_at=None).update(revoked_at=Now())
        return Credential.objects.create(
            account=account, ciphertext=pack(token), key_id=key_id(), scopes=list(token.scopes),
            expires_at=token.expires_at,
        )  # fmt: skip


def current(account_id: int) -> Credential:
    """The credential in force. Raises NoToken."""
    credential = all_current([account_id]).get(account_id)
    if credential is None:
        raise NoToken(f"account {account_id} has no token")
    return credential


def all_current(account_ids: Iterable[int]) -> dict[int, Credential]:
    """The credentials in force, by account; accounts without one are left out."""
    sql = f"SELECT {hot.columns(Credential)} FROM platforms_credential WHERE account_id = ANY(%s::bigint[]) AND revoked_at IS NULL"
    return {row.account_id: row for row in hot.instances(Credential, sql, [list(account_ids)])}


@dataclass(frozen=True)
class Renewal:
    """The exclusive right to renew one credential, for RENEWAL_LEASE."""

    credential: Credential
    holder: uuid.UUID

    @property
    def token(self) -> Token:
        return unpack(self.credential.ciphertext)

    def save(self, token: Token) -> bool:
        """Store the new pair before anybody uses it. False where a newer one stands there already.

        Also after the lease ran out: the token that was renewed is spent, so this pair is the only one that is good.
        """
        return bool(
            Credential.objects.filter(
                pk=self.credential.pk, version=self.credential.version, revoked_at=None
            ).update(
                ciphertext=pack(token), key_id=key_id(), scopes=list(token.scopes), expires_at=token.expires_at,
                version=F("version") + 1, issued_at=Now(), renewing_until=None, renewing_by=None,
            )
        )  # fmt: skip

    def give_up(self) -> None:
        Credential.objects.filter(pk=self.credential.pk, renewing_by=self.holder).update(
            renewing_until=None, renewing_by=None
        )


def lease_renewal(account_id: int, *, unless_after: datetime | None = None) -> Renewal | None:
    """Take the renewal lease by compare-and-set; None where another worker has it or the token was renewed already.

    `unless_after`: do nothing when the credential meanwhile expires later than this.
    """
    holder = uuid.uuid4()
    free = Credential.objects.filter(account_id=account_id, revoked_at=None).filter(
        Q(renewing_until=None) | Q(renewing_until__lt=Now())
    )
    if unless_after is not None:
        free = free.filter(expires_at__lte=unless_after)
    if not free.update(renewing_by=holder, renewing_until=Now() + RENEWAL_LEASE):
        return None
    return Renewal(Credential.objects.get(account_id=account_id, revoked_at=None), holder)
