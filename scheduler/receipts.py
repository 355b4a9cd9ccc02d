"""The receipt: what was published is read back once, beside the first reading of its comments."""

from __future__ import annotations

import logging

from django.db import DatabaseError
from django.db.models import F
from django.db.models.functions import Now

from platforms.base import Adapter, Feature, Identity, RateLimited, RemoteError, Unauthorized
from posts.models import Delivery, DeliveryReceipt

log = logging.getLogger(__name__)


def take(adapter: Adapter, who: Identity, delivery: Delivery) -> bool:
    """Read one post back and keep what stands there. True where a receipt was stored.

    Asked for once; three times where the network did not answer. A library that may not read, and networks that bill
    each reading, have none. Raises Unauthorized and RateLimited, which concern the whole account.
    """
    known = DeliveryReceipt.objects.filter(delivery=delivery).first()
    if known and not known.may_try_again:
        return False
    if Feature.READ_BACK not in adapter.capabilities(who.facts).features or delivery.remote_id.startswith("person:"):
        return False
    said: dict[str, object]
    try:
        seen = adapter.read_back(who, delivery.remote_id)
        said = {"text": seen.text, "alts": list(seen.alts), "error_code": ""}
    except (Unauthorized, RateLimited):
        raise
    except RemoteError as error:
        said = {"error_code": error.code[:40] or "unreadable"}
    _keep(delivery, said)
    return True


def _keep(delivery: Delivery, said: dict[str, object]) -> None:
    try:
        _row, made = DeliveryReceipt.objects.get_or_create(
            delivery=delivery, defaults={"library_id": delivery.library_id, "realm": delivery.realm, **said}
        )
        if not made:
            DeliveryReceipt.objects.filter(delivery=delivery).update(tries=F("tries") + 1, read_at=Now(), **said)
    except DatabaseError:
        log.exception("The receipt of delivery %s could not be kept.", delivery.pk)
