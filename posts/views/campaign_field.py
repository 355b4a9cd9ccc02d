"""The composer's field "Campaign"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.numbers import row_id
from posts import actions
from posts.models import Campaign, Post

if TYPE_CHECKING:
    from posts.views.editing import Editing


def keep(editing: Editing, post: Post) -> None:
    """Store the answer where the form asked. Raises Refused `closed`. What was handed in keeps its campaign here."""
    if "campaign" not in editing.request.POST or post.state not in ("draft", "changes_requested"):
        return
    chosen = _chosen(editing)
    if post.campaign_id != (chosen.pk if chosen else None):
        actions.put_post(actor=editing.request.actor, post=post, campaign=chosen)


def _chosen(editing: Editing) -> Campaign | None:
    request = editing.request
    pk = row_id(request.POST.get("campaign", "") if request.method == "POST" else request.GET.get("campaign", ""))
    return Campaign.objects.visible_to(request.actor).filter(pk=pk).first() if pk else None


def context(editing: Editing) -> dict[str, Any]:
    """The open campaigns, and the one that is chosen even if it is closed by now."""
    asked = editing.request.method == "POST" or editing.post is None
    chosen = _chosen(editing) if asked else editing.post.campaign if editing.post else None
    if chosen is None and editing.post is None and editing.event and editing.request.method == "GET":
        chosen = editing.event.campaign
    rows = list(Campaign.objects.visible_to(editing.request.actor).filter(closed_at=None).order_by("name", "pk")[:200])
    if chosen and chosen not in rows:
        rows.insert(0, chosen)
    return {"campaigns": rows, "campaign_chosen": chosen}
