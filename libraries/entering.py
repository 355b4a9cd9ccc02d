"""What the record says of people who come in, and of those who are not let in. Nobody is signed in yet to require it of."""

from __future__ import annotations

from django.db import transaction

import audit.record
from audit.actions import Action
from libraries.models import Membership, User


def record_sign_in(user: User) -> None:
    """A person came in; said in the record of each of their libraries."""
    with transaction.atomic():
        for membership in Membership.objects.filter(user=user, is_active=True):
            audit.record.record(user, Action.PERSON_SIGNED_IN, user, library_id=membership.library_id)


def record_refusal(email: str, why: str) -> None:
    """Somebody was not let in. An address that nobody here has is not kept: it may be a password typed in the wrong box."""
    user = User.objects.filter(email__iexact=email).first()
    with transaction.atomic():
        if user is None:
            audit.record.record(None, Action.PERSON_REFUSED, User(), label="an address nobody here has", why=why)
            return
        for membership in Membership.objects.filter(user=user):
            audit.record.record(None, Action.PERSON_REFUSED, user, library_id=membership.library_id, why=why)
