"""What the composer's fields are after a button beside a problem was pressed."""

from __future__ import annotations

from django.http import JsonResponse
from django.views.decorators.http import require_POST

from core.numbers import row_id
from libraries.access import Request, page
from posts.mend_form import fields
from posts.views.composer import event_of
from posts.views.editing import Editing, editable


@page("post.draft")
@require_POST
def mend(request: Request) -> JsonResponse:
    """The fields after a mend, for the script that puts them in. Stores nothing."""
    pk = row_id(request.POST.get("post", ""))
    editing = Editing(request, editable(request, pk) if pk else None, event_of(request))
    return JsonResponse({**fields(editing.typed.content), "told": editing.mended.get("told", "")})
