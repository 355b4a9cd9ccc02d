"""Templates, snippets and sets of hashtags: written, put away, put back, and taken over from the starting set."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.permissions import Actor, Refused, require
from posts.models import HashtagSet, PostTemplate, Snippet
from posts.models.phrases import SHORTCUT
from posts.starters import starting_set

MOST = 300  # of each kind in one library: more cannot be found again in a menu
Row = PostTemplate | Snippet | HashtagSet
Kind = TypeVar("Kind", PostTemplate, Snippet, HashtagSet)


def save_template(*, actor: Actor, template: PostTemplate | None = None, **fields: Any) -> PostTemplate:
    """A new template, or a change of one. `fields`: name, audience, body, hashtags, picture."""
    return _save(actor, PostTemplate, template, fields)


def save_snippet(*, actor: Actor, snippet: Snippet | None = None, shortcut: str, text: str) -> Snippet:
    """A new snippet, or a change of one. Raises Refused `shortcut_shape`."""
    shortcut = shortcut.strip().lstrip("/").lower()
    if not re.match(SHORTCUT, shortcut) or len(shortcut) > 30:
        raise Refused("shortcut_shape", _("A shortcut is made of small letters a to z, digits and hyphens, such as “hours”."))
    return _save(actor, Snippet, snippet, {"shortcut": shortcut, "text": text})


def save_hashtags(*, actor: Actor, hashtags: HashtagSet | None = None, name: str, tags: str) -> HashtagSet:
    """A new set of hashtags, or a change of one. Words without their # get one."""
    words = [word if word.startswith("#") else f"#{word}" for word in tags.replace(",", " ").split()]
    return _save(actor, HashtagSet, hashtags, {"name": name, "tags": " ".join(dict.fromkeys(words))})


def _save(actor: Actor, model: type[Kind], row: Kind | None, fields: dict[str, Any]) -> Kind:
    require(actor, "post.edit_any", row)
    try:
        with transaction.atomic():
            if row is None:
                if model.objects.filter(library=actor.library, removed_at=None).count() >= MOST:
                    raise Refused("too_many", _("There are %(n)s already. Remove some that nobody uses first.") % {"n": MOST})
                row = model.objects.create(library=actor.library, changed_by=actor.user, **fields)
            else:
                model.objects.filter(pk=row.pk).update(**fields, changed_by=actor.user, changed_at=Now(), removed_at=None)
                row.refresh_from_db()
            _note(actor, row, change="saved")
    except IntegrityError as error:
        raise _taken(error) from error
    return row


def remove_phrase(*, actor: Actor, phrase: Row) -> None:
    """Put one away. Posts that were written with it keep their text; it can be put back."""
    require(actor, "post.edit_any", phrase)
    with transaction.atomic():
        if type(phrase).objects.filter(pk=phrase.pk, removed_at=None).update(removed_at=Now()):
            _note(actor, phrase, change="removed")


def put_back_phrase(*, actor: Actor, phrase: Row) -> None:
    """Undo a removal. Raises Refused where its name was given to another one meanwhile."""
    require(actor, "post.edit_any", phrase)
    try:
        with transaction.atomic():
            if type(phrase).objects.filter(pk=phrase.pk).exclude(removed_at=None).update(removed_at=None):
                _note(actor, phrase, change="put back")
    except IntegrityError as error:
        raise _taken(error) from error


def take_starters(*, actor: Actor, audience: str) -> int:
    """Copy the starting set of an audience into the library; what is there already stays. Returns how many are new."""
    require(actor, "post.edit_any")
    try:
        given = starting_set(audience)
    except KeyError:
        raise Refused("no_such_set", _("There is no such starting set.")) from None
    with transaction.atomic():
        new = _take(actor, PostTemplate, "name", [
            {"name": one["name"], "starter": f"{audience}:{one['key']}", "audience": audience, "body": one["body"],
             "hashtags": one["hashtags"], "picture": one["picture"]} for one in given["templates"]
        ])  # fmt: skip
        new += _take(actor, Snippet, "shortcut", [{"shortcut": name, "text": text} for name, text in given["snippets"]])
        new += _take(actor, HashtagSet, "name", [{"name": name, "tags": tags} for name, tags in given["hashtags"]])
        audit.record.record(
            actor, Action.PHRASE_CHANGED, actor.library, library_id=actor.library.pk, change="starting set", audience=audience,
            new=new,
        )  # fmt: skip
    return new


def _take(actor: Actor, model: Any, key: str, rows: list[dict[str, Any]]) -> int:
    mine = model.objects.filter(library=actor.library)
    taken = set(mine.filter(removed_at=None).values_list(key, flat=True))
    known = set(mine.values_list("starter", flat=True)) if model is PostTemplate else set()
    fresh = [row for row in rows if row[key] not in taken and row.get("starter") not in known]
    model.objects.bulk_create(model(library=actor.library, changed_by=actor.user, **row) for row in fresh)
    return len(fresh)


def _note(actor: Actor, row: Any, **data: Any) -> None:
    audit.record.record(actor, Action.PHRASE_CHANGED, row, label=str(row), **data)


def _taken(error: IntegrityError) -> Refused:
    words = {
        "template_name_once": _("A template of this name exists already."),
        "snippet_shortcut_once": _("This shortcut is taken already."),
        "hashtags_name_once": _("A set of this name exists already."),
    }
    for name, said in words.items():
        if name in str(error):
            return Refused("taken", said)
    raise error
