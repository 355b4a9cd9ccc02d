"""The starting set: posts that libraries write again and again, to be copied and made one's own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

AUDIENCES = ("public", "academic")


@cache
def starting_set(audience: str) -> dict[str, Any]:
    """{"templates": [{key, name, body, hashtags, picture}], "snippets": [[shortcut, text]], "hashtags": [[name, tags]]}.

    Raises KeyError for an audience that there is no set for.
    """
    if audience not in AUDIENCES:
        raise KeyError(audience)
    given: dict[str, Any] = json.loads((Path(__file__).parent / f"{audience}.json").read_text(encoding="utf-8"))
    return given
