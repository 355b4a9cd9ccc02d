"""Corrections: other words for a post that is up, where its network lets us change them."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

import audit.record
from core.ledger import AttemptBase, attempt_constraints, dispatch_constraints
from libraries import notices
from platforms import registry
from posts.models.delivery import TROUBLE, AccountDispatch, Delivery
from posts.models.post import Revision

NOT_CORRECTED = (
    _("A post could not be corrected on %(network)s."),
    _("The words from before may still stand there. Look at the page of the post: ask again, or take it down."),
)


class Correction(AccountDispatch):
    """Putting `text` in place of what one published post says: a remote effect of its own, with the same certainty.

    A later one of the same delivery (a higher `number`) takes the place of an earlier one that did not go out.
    """

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="corrections")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(help_text="the whole text as it is to stand there, link included")
    asked_by = models.BigIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [
            *dispatch_constraints("correction", proof=False),
            models.UniqueConstraint(fields=["delivery", "number"], name="correction_numbered"),
        ]
        indexes = [models.Index(fields=["due_at"], name="correction_due")]

    def __str__(self) -> str:
        return f"correction {self.number} of delivery {self.delivery_id}"

    def when_sent(self) -> None:
        """What was said about it is dealt with, and what stands there is read back anew."""
        notices.close_notices(self.library_id, f"correction:{self.delivery_id}")
        apps.get_model("posts", "DeliveryReceipt").objects.filter(delivery_id=self.delivery_id).delete()

    def note(self, event: str, **data: Any) -> None:
        """The record; and a notice where the words from before stay until a person does something."""
        if self.state in TROUBLE or data.get("reason") == "cannot_edit":
            title, text = NOT_CORRECTED
            notices.raise_notice(
                self.library_id, f"correction:{self.delivery_id}", title=title % {"network": registry.get(self.platform).label},
                text=str(text), path=f"/posts/{self.delivery.post_id}/", verb="post.recall",
            )  # fmt: skip
        audit.record.record(
            None, f"posts.correction.{event}", self, label=f"correction of delivery {self.delivery_id}",
            delivery=self.delivery_id, account=self.account_id, **data,
        )  # fmt: skip


class CorrectionAttempt(AttemptBase):
    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="attempts")

    class Meta:
        ordering = ["number"]
        constraints = attempt_constraints("correction_attempt", "correction")

    def __str__(self) -> str:
        return f"attempt {self.number} of correction {self.correction_id}"
