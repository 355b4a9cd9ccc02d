"""Reading one of our own posts back from Meta, to see what a screen reader is given.

Wire facts: Graph API v25, `attachments` of a Page's post, `alt_text_custom` of a Photo, `alt_text` of IG Media and its
children. An absent field is told as None, which is not the same as an empty text. Django-free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from platforms.base import ReadBack
from platforms.graph import Graph

ATTACHED = "message,attachments{media_type,target,subattachments{media_type,target}}"


def facebook_post(asker: Graph, remote_id: str) -> ReadBack:
    """One call for the post and one for each picture: attachments do not tell the words of their photos."""
    found = asker.read(remote_id, ATTACHED)
    alts = tuple(asker.read(photo, "alt_text_custom").get("alt_text_custom") for photo in _photos(found))
    return ReadBack(str(found.get("message") or ""), alts)


def _photos(post: Mapping[str, Any]) -> Iterable[str]:
    for one in (post.get("attachments") or {}).get("data") or []:
        inner = (one.get("subattachments") or {}).get("data") or [one]
        for photo in inner:
            if photo.get("media_type") == "photo" and (photo.get("target") or {}).get("id"):
                yield str(photo["target"]["id"])


def instagram_post(asker: Graph, remote_id: str) -> ReadBack:
    """One call: the words of a single picture stand on the post, those of several on its children."""
    found = asker.read(remote_id, "caption,media_type,alt_text,children{alt_text}")
    children = (found.get("children") or {}).get("data") or []
    alts = tuple(child.get("alt_text") for child in children) if children else (found.get("alt_text"),)
    return ReadBack(str(found.get("caption") or ""), alts)
