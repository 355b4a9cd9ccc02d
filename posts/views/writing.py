"""What the composer shows beside the text: who else is here, placeholders that are left, campaign parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from core.numbers import row_id
from posts import composing, phrases, placeholders, presence, utm
from posts.models import PostTemplate

if TYPE_CHECKING:
    from posts.views.editing import Editing


def placed(editing: Editing) -> None:
    """A button beside a placeholder was pressed and no script took it: fill it in, or take it out, in every text."""
    act, _colon, name = editing.request.POST.get("place", "").partition(":")
    if act not in ("fill", "strip"):
        return
    values = phrases.values_for(editing.request.actor, editing.post, editing.event)
    if act == "fill" and name:
        values = {name: values.get(name, "")}

    def mend(text: str) -> str:
        return placeholders.fill(text, values) if act == "fill" else placeholders.strip(text, name)

    content = editing.typed.content
    content["body"] = mend(content["body"])
    content["variants"] = {pk: mend(text) for pk, text in content["variants"].items()}
    content["threads"] = {pk: [mend(text) for text in texts] for pk, texts in content.get("threads", {}).items()}
    if said := content.get("first_comment"):
        content["first_comment"] = {**said, "text": mend(said["text"])}


def begun(editing: Editing, content: dict[str, Any]) -> dict[str, Any]:
    """The first content of a new post: with ?template= its text in place of an empty one or of the event's own."""
    pk = row_id(editing.request.GET.get("template", ""))
    row = PostTemplate.objects.visible_to(editing.request.actor).filter(pk=pk, removed_at=None).first() if pk else None
    if row is None:
        return content
    values = phrases.values_for(editing.request.actor, None, editing.event)
    return {**content, "body": phrases.template(row, values)["text"]}


def context(editing: Editing) -> dict[str, Any]:
    """For the composer's templates."""
    actor, post, content = editing.request.actor, editing.post, editing.typed.content
    texts = [content["body"], *content["variants"].values(), *(text for thread in content.get("threads", {}).values() for text in thread)]
    texts.append((content.get("first_comment") or {}).get("text", ""))
    lefts = placeholders.left("\n".join(texts))
    if lefts:
        lefts = placeholders.left("\n".join(texts), phrases.values_for(actor, post, editing.event))
    others = presence.here(post, actor, "") if post and editing.request.method == "GET" else []
    return {
        "lefts": lefts,
        "left_reasons": placeholders.reasons(lefts),
        "fillable": sum(bool(one.value) for one in lefts),
        "others": [one.told(actor.user_id, post) for one in others if post and one.user_id != actor.user_id],
        "every": presence.EVERY_S,
        "settling": [
            ("compare", _("Compare both")), ("mine", _("Take over with mine")), ("theirs", _("Open theirs, keep mine aside")),
        ],
        "utm": _utm(editing),
        "links_work": composing.our_links_work(actor.library),
    }


def _utm(editing: Editing) -> dict[str, Any]:
    """What stands in the fields: what was typed, else the campaign that the post belongs to."""
    typed = editing.typed.content.get("utm") or {}
    campaign = editing.post.campaign if editing.post and editing.post.campaign_id and editing.request.method == "GET" else None
    if not typed and campaign:
        return {"medium": utm.MEDIUM, "campaign": campaign.slug}
    return typed
