"""Who may do what. One table, one `require` before every write, one `visible_to` before every read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext as _

from libraries.models import NO_REVIEW, Library, Membership, Role

Row = TypeVar("Row", bound=models.Model)
ANY = frozenset(Role)
PROPOSE = frozenset({Role.CONTRIBUTOR, Role.STAFF, Role.MANAGER, Role.ADMIN})
WORK = frozenset({Role.STAFF, Role.MANAGER, Role.ADMIN})
LEAD = frozenset({Role.MANAGER, Role.ADMIN})
RUN = frozenset({Role.ADMIN})

VERBS: dict[str, frozenset[Role]] = {
    "library.read": ANY,
    "post.read": ANY,
    "post.draft": PROPOSE,       # write and change own drafts
    "post.edit_any": WORK,       # change somebody else's draft
    "post.submit": WORK,         # send to review with a time
    "post.comment": PROPOSE,     # talk with colleagues about a post
    "post.approve": LEAD,        # approve or ask for changes
    "post.schedule": LEAD,       # publish, move, cancel, release
    "post.recall": LEAD,         # take a published post down
    "post.resolve": LEAD,        # say what happened when no machine can tell
    "campaign.edit": WORK,       # make campaigns, fill, copy and close them
    "campaign.delete": LEAD,     # remove an empty one
    "event.read": ANY,
    "event.edit": WORK,
    "feed.manage": WORK,
    "media.read": ANY,
    "media.add": PROPOSE,
    "media.remove": LEAD,
    "inbox.read": ANY,
    "inbox.reply": WORK,
    "inbox.moderate": LEAD,
    "account.read": ANY,
    "account.connect": RUN,
    "notice.read": ANY,
    "notice.close": LEAD,
    "audit.read": LEAD,
    "audit.erase": RUN,
    "settings.change": RUN,
    "people.manage": RUN,
}  # fmt: skip
# Where a library has no review, those who hand posts in give them their time as well.
WITHOUT_REVIEW: dict[str, frozenset[Role]] = {"post.schedule": WORK}
# verb -> whether a person whose role has it may do it to this very object; apps above us register theirs
_narrowed: dict[str, Callable[[Actor, Any], bool]] = {}


def narrow(verb: str, fits: Callable[[Actor, Any], bool]) -> None:
    """Let `fits(actor, object)` decide as well, after role and library said yes. KeyError: no such verb."""
    VERBS[verb]
    _narrowed[verb] = fits


@dataclass(frozen=True)
class Actor:
    """A signed-in person acting for one library. `str(actor)` is what the record keeps."""

    user: Any
    membership: Membership
    library: Library

    @property
    def user_id(self) -> int:
        return self.user.pk

    @property
    def role(self) -> Role:
        return Role(self.membership.role)

    def __str__(self) -> str:
        return f"{self.user} ({self.membership.role})"

    def may(self, verb: str, obj: Any = None) -> bool:
        """Whether the role allows `verb`, and `obj` (if given) is the actor's own library's. KeyError: no such verb."""
        roles = VERBS[verb]
        if self.library.review == NO_REVIEW:
            roles = WITHOUT_REVIEW.get(verb, roles)
        if not self.membership.is_active or not self.user.is_active or self.role not in roles:
            return False
        if obj is None:
            return True
        return library_of(obj) == self.library.pk and (verb not in _narrowed or _narrowed[verb](self, obj))


def library_of(obj: Any) -> int:
    """The id of the library that an object belongs to."""
    return obj.pk if isinstance(obj, Library) else obj.library_id


def require(actor: Actor | None, verb: str, obj: Any = None) -> None:
    """The first line of every action. Raises PermissionDenied with words for a person."""
    if actor is None or not actor.may(verb, obj):
        raise PermissionDenied(_("Your role does not allow this. Ask a manager or an admin of your library."))


def roles_for(verb: str) -> frozenset[Role]:
    return VERBS[verb]


class OwnedQuerySet(models.QuerySet[Row]):
    """Rows of one library. `visible_to(actor)` is the only way from a view to a row."""

    def visible_to(self, actor: Actor | None) -> Self:
        """Rows of the actor's library; nothing for nobody."""
        if actor is None or not actor.membership.is_active:
            return self.none()
        return self.filter(library=actor.library)


class Refused(Exception):
    """An action that a rule forbids. `code` is stable, `text` is for the person who asked."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text
