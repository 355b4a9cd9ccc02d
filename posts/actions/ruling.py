"""Who approves the posts of one branch, campaign or account."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.models import Branch, Membership, User
from libraries.permissions import Actor, Refused, require, roles_for
from platforms.models import Account
from posts.models import Campaign, ReviewRule

SCOPE_OF: dict[type, str] = {Branch: "branch", Campaign: "campaign", Account: "account"}


def set_approvers(*, actor: Actor, place: Branch | Campaign | Account, approvers: Collection[int]) -> None:
    """Name the people (ids) who approve what belongs to `place`; nobody: every manager may again.

    Raises Refused `not_able` for somebody whose role cannot approve.
    """
    require(actor, "settings.change", place)
    able = set(
        Membership.objects.filter(
            library=actor.library, is_active=True, user__is_active=True, role__in=roles_for("post.approve")
        ).values_list("user", flat=True)
    )
    if not set(approvers) <= able:
        raise Refused("not_able", _("Only managers and admins can approve. Give the person that role first."))
    scope = SCOPE_OF[type(place)]
    with transaction.atomic():
        ReviewRule.objects.filter(library=actor.library, scope=scope, **{scope: place}).delete()
        ReviewRule.objects.bulk_create(
            ReviewRule(library=actor.library, scope=scope, approver_id=pk, **{scope: place}) for pk in sorted(set(approvers))
        )
        names = list(User.objects.filter(pk__in=set(approvers)).order_by("name").values_list("name", flat=True))
        audit.record.record(actor, Action.RULES_CHANGED, place, scope=scope, approvers=names)
