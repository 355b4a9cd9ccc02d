"""Which advice stops a post, and which only speaks."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, Refused, require
from posts.advice import RULES
from posts.models import AdviceChoice


def choose_advice(*, actor: Actor, blocking: Collection[str]) -> None:
    """Let exactly these codes block in the actor's library. Raises Refused `unknown_advice`.

    What is already approved or scheduled is not judged again: it goes out as it was approved.
    """
    require(actor, "settings.change")
    if unknown := sorted(set(blocking) - set(RULES)):
        raise Refused("unknown_advice", _("“%(code)s” is no advice that we know.") % {"code": unknown[0][:40]})
    with transaction.atomic():
        AdviceChoice.objects.filter(library=actor.library).delete()
        AdviceChoice.objects.bulk_create(
            AdviceChoice(library=actor.library, code=code, blocks=code in blocking)
            for code, rule in RULES.items()
            if (code in blocking) != rule.blocks
        )
        audit.record.record(actor, Action.ADVICE_CHANGED, actor.library, blocking=sorted(blocking))
