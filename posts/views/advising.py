"""Which advice blocks: one page of boxes for the admin."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from libraries.access import Request, page
from libraries.permissions import Refused
from posts import actions
from posts.advice import RULES
from posts.standpoint import choices

GROUPS = (
    (gettext_lazy("Letters and words"), ("fancy_letters", "capitals", "click_here", "many_links", "jargon", "hard_to_read")),
    (gettext_lazy("Hashtags and emoji"), ("hashtags_many", "hashtags_inside", "hashtags_flat", "emoji_many", "emoji_run", "emoji_bullets")),
    (gettext_lazy("Descriptions of pictures"), ("alt_says_picture", "alt_file_name", "alt_caption", "alt_short", "alt_long")),
    (gettext_lazy("Dates and clashes"), ("weekday_wrong", "date_past", "said_before", "close_by", "event_over", "event_begun")),
)  # fmt: skip


@page("settings.change")
def advice(request: Request) -> HttpResponse:
    """A tick: it stops a post. No tick: it speaks up and lets pass."""
    if request.method == "POST":
        try:
            actions.choose_advice(actor=request.actor, blocking=request.POST.getlist("blocks"))
        except Refused as no:
            messages.error(request, no.text)
        else:
            messages.success(request, _("Saved. Posts that are approved already go out as they were approved."))
        return redirect("posts:advice")
    chosen = choices(request.actor.library)
    groups = [
        (title, [(code, RULES[code].label, chosen.get(code, RULES[code].blocks), RULES[code].blocks) for code in codes])
        for title, codes in GROUPS
    ]
    return render(request, "posts/advice.html", {"groups": groups})
