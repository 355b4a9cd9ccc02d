"""What is up and was to stay only until a time: taken down by the clock, or by hand where a network lets nobody delete."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.dispatch import SENT
from posts.actions.delivering import ask_takedown, can_take_down
from posts.models import Delivery
from posts.models.delivery import BY_HAND
from posts.parts import THREAD

AT_ONCE = 200  # in one run of the clock


def take_down_due() -> int:
    """Ask for the takedown of what is past its end. Idempotent: one takedown each. Returns how many were asked for.

    Where the network deletes nothing, people get a notice that leads to the post's page and its link.
    """
    past = Delivery.objects.filter(post__take_down_at__lte=timezone.now(), state=SENT, takedown=None)
    past = past.filter(Q(part=0) | Q(payload__options__kind=THREAD))  # a first comment goes with its post
    asked = 0
    for delivery in past.select_related("account", "post").order_by("pk")[:AT_ONCE]:
        with transaction.atomic():
            takedown = ask_takedown(None, delivery, _("its time was over"))
            if not can_take_down(delivery):
                takedown.drop(BY_HAND)
        asked += 1
    return asked
