"""Consent of the people in a picture: written down, taken back, put right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, Refused, require
from media_library.models import Asset, Consent


def record_consent(
    *, actor: Actor, asset: Asset, who: str, minor: bool = False, guardian: str = "", networks: Sequence[str] = (),
    note: str = "", until: date | None = None,
) -> Consent:  # fmt: skip
    """Write down what somebody allowed; an earlier word of the same person about this picture ends with it.

    `networks`: only on these; none means on all. Raises Refused `who_missing`, `guardian_missing`.
    """
    require(actor, "media.add", asset)
    who, guardian = " ".join(who.split())[:120], " ".join(guardian.split())[:120]
    if not who:
        raise Refused("who_missing", _("Say who it is, in words that colleagues know the person by."))
    if minor and not guardian:
        raise Refused("guardian_missing", _("For a minor, say who consented for them."))
    with transaction.atomic():
        Asset.objects.select_for_update().get(pk=asset.pk)
        Consent.objects.filter(asset=asset, who=who, replaced_at=None).update(replaced_at=Now())
        made = Consent.objects.create(
            asset=asset, library_id=asset.library_id, who=who, minor=minor, guardian=guardian if minor else "",
            networks=sorted(set(networks)), note=note.strip()[:300], until=until, added_by=actor.user,
        )  # fmt: skip
        Asset.objects.filter(pk=asset.pk).update(people="some")
        # The name itself stays out of the record, which nobody can take anything out of.
        audit.record.record(
            actor, Action.CONSENT_RECORDED, asset, consent=made.pk, minor=minor, networks=made.networks,
            until=until.isoformat() if until else "",
        )  # fmt: skip
    asset.refresh_from_db()
    return made


def withdraw_consent(*, actor: Actor, consent: Consent) -> Consent:
    """The person took it back: drafts are blocked, scheduled posts held, and what is live is listed to be taken down."""
    require(actor, "media.add", consent)
    with transaction.atomic():
        if not Consent.objects.filter(pk=consent.pk, withdrawn_at=None, replaced_at=None).update(withdrawn_at=Now()):
            raise Refused("not_current", _("This consent was withdrawn or replaced already."))
        audit.record.record(actor, Action.CONSENT_WITHDRAWN, consent.asset, consent=consent.pk)
    consent.refresh_from_db()
    return consent


def forget_consent(*, actor: Actor, consent: Consent) -> Consent:
    """Written down by mistake, or the person cannot be recognised after all: it counts no longer, either way."""
    require(actor, "media.remove", consent)
    with transaction.atomic():
        if not Consent.objects.filter(pk=consent.pk, replaced_at=None).update(replaced_at=Now()):
            raise Refused("not_current", _("This consent was withdrawn or replaced already."))
        audit.record.record(actor, Action.CONSENT_WITHDRAWN, consent.asset, consent=consent.pk, by_mistake=True)
    consent.refresh_from_db()
    return consent
