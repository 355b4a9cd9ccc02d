"""What a permission that was not granted means in words, and whether publishing is possible without it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

_PUBLISH = lazy("Publishing is not possible without it.")
_LOOK = lazy("We cannot look whether a post is up; when an answer is lost, a person must look.")
_COMMENTS = lazy("Comments are not collected.")
_ANSWER = lazy("Comments cannot be answered from here.")
_FIGURES = lazy("Figures are not collected.")
_LONG = lazy("The account must be reconnected every two hours.")
_NAMES = lazy("We cannot see which pages there are.")
_DOWN = lazy("Posts cannot be taken down from here; somebody must do it at the network.")
_PICTURES = lazy("Pictures cannot be sent, only text.")

# platform -> permission -> (what does not work, whether nothing can be published without it); names as the networks
# write them, see the tables "Scopes" of their documentation.
_META = {
    "pages_show_list": (_NAMES, True),
    "pages_read_engagement": (_LOOK, False),
    "pages_read_user_content": (_COMMENTS, False),
    "read_insights": (_FIGURES, False),
}
_TABLE: dict[str, dict[str, tuple[Any, bool]]] = {
    "facebook": {
        **_META,
        "pages_manage_posts": (_PUBLISH, True),
        "CREATE_CONTENT": (_PUBLISH, True),
        "pages_manage_engagement": (_ANSWER, False),
        "MODERATE": (_ANSWER, False),
        "ANALYZE": (_FIGURES, False),
    },
    "instagram": {
        **_META,
        "instagram_basic": (_LOOK, True),
        "instagram_business_basic": (_LOOK, True),
        "instagram_content_publish": (_PUBLISH, True),
        "instagram_business_content_publish": (_PUBLISH, True),
        "CREATE_CONTENT": (_PUBLISH, True),
        "instagram_manage_comments": (_ANSWER, False),
        "instagram_business_manage_comments": (_ANSWER, False),
        "instagram_manage_contents": (_DOWN, False),
        "instagram_manage_insights": (_FIGURES, False),
        "instagram_business_manage_insights": (_FIGURES, False),
    },
    "twitter": {
        "tweet.write": (_PUBLISH, True),
        "users.read": (_NAMES, True),
        "tweet.read": (_LOOK, True),
        "media.write": (_PICTURES, False),
        "offline.access": (_LONG, False),
    },
    "linkedin": {
        "w_member_social": (_PUBLISH, True),
        "w_organization_social": (_PUBLISH, True),
        "rw_organization_admin": (_FIGURES, False),
        "r_organization_social": (_LOOK, False),
        "w_organization_social_feed": (_ANSWER, False),
        "r_organization_social_feed": (_COMMENTS, False),
    },
}


@dataclass(frozen=True)
class Missing:
    """One permission that was not granted. `essential`: nothing can be published without it."""

    name: str
    text: str
    essential: bool


def in_words(platform: str, missing: Iterable[str]) -> list[Missing]:
    """Each missing permission with what it costs, the essential ones first."""
    known = _TABLE.get(platform, {})
    unsaid = (_("Something we ask for was not granted; a part of the work here may fail."), False)
    found = [Missing(name, str((known.get(name) or unsaid)[0]), (known.get(name) or unsaid)[1]) for name in missing]
    return sorted(found, key=lambda one: (not one.essential, one.name))


def cannot_publish(platform: str, missing: Iterable[str]) -> list[Missing]:
    return [one for one in in_words(platform, missing) if one.essential]
