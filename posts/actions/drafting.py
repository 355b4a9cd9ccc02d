"""Writing: a post and its working copy, and the revision that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

import audit.record
from audit.actions import Action
from libraries.models import Membership
from libraries.permissions import Actor, Refused, require
from media_library.models import Asset
from platforms.models import Account
from posts import composing, parts, standpoint, utm, validation
from posts.actions.holding import hold_deliveries
from posts.models import Event, Post, Revision, RevisionMedia, Variant, WorkingCopy
from posts.models.post import empty_copy


def create_post(
    *, actor: Actor, title: str = "", event: Event | None = None, content: dict[str, Any] | None = None, born: str = ""
) -> Post:
    """A new draft with its working copy, born in the library's present mode.

    `born` names the opened page that it comes from: a second call with the same name (a double click, a form that was
    sent again because the answer got lost) gives the post of the first.
    """
    require(actor, "post.draft")
    if event is not None:
        require(actor, "event.read", event)
    with transaction.atomic():
        if born:  # the second of two at once waits here until the first has stored its post
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"born:{actor.user_id}:{born}"])
            if known := Post.objects.visible_to(actor).filter(author=actor.user, born=born).first():
                return known
        post = Post.objects.create(
            library=actor.library, realm=actor.library.mode, author=actor.user, title=title[:200], event=event,
            planned_tz=actor.library.tz, born=born,
        )  # fmt: skip
        WorkingCopy.objects.create(post=post, content={**empty_copy(), **(content or {})}, saved_by=actor.user)
        audit.record.record(actor, Action.POST_CREATED, post)
    return post


def may_edit(actor: Actor, post: Post) -> bool:
    """Own drafts by whoever may draft; others' by staff and above."""
    return actor.may("post.edit_any", post) or (actor.may("post.draft", post) and post.author_id == actor.user_id)


def save_copy(*, actor: Actor, post: Post, content: dict[str, Any], version: int, title: str | None = None) -> WorkingCopy:
    """Keep what was typed. Editing an approved or submitted post makes it a draft again and holds what is scheduled.

    `version` is the one the editor loaded. Raises Refused `saved_elsewhere` when another tab or person saved since.
    """
    require(actor, "post.draft", post)
    if not may_edit(actor, post):
        require(actor, "post.edit_any", post)
    if post.state == "archived":
        raise Refused("archived", _("This post is archived. Bring it back first."))
    with transaction.atomic():
        changed = WorkingCopy.objects.filter(post=post, version=version).update(
            content={**empty_copy(), **content}, version=F("version") + 1, saved_by=actor.user, saved_at=Now()
        )
        if not changed:
            raise Refused("saved_elsewhere", _("This post was changed in another tab or by a colleague since you opened it. Your text is still here: copy what you need, then load the newer one."))
        if title is not None:
            Post.objects.filter(pk=post.pk).update(title=title[:200], updated_at=Now())
        _fall_back_to_draft(actor, post)
    post.refresh_from_db()
    return post.working_copy


def _fall_back_to_draft(actor: Actor, post: Post) -> None:
    moved = Post.objects.filter(pk=post.pk, state__in=["in_review", "approved", "changes_requested"]).update(
        state="draft", updated_at=Now()
    )
    if moved:  # whatever the page knew: it may have been approved and scheduled since it was loaded
        hold_deliveries(actor, post.deliveries.filter(state="scheduled"), "edited", _("The text was changed after approval."))
    if moved:
        audit.record.record(actor, Action.POST_EDITED, post)


def chosen_accounts(post: Post) -> list[Account]:
    """The accounts of the working copy, of the post's own library and realm, in a steady order."""
    ids = post.working_copy.content.get("accounts", [])
    return list(Account.objects.filter(pk__in=ids, library=post.library_id, realm=post.realm).order_by("platform", "pk"))


def pictures_of(post: Post) -> list[validation.Picture]:
    """The pictures of the working copy, in order; ones that are gone are left out."""
    rows = post.working_copy.content.get("media", [])
    mine = Asset.objects.filter(library=post.library_id).select_related("library").prefetch_related("consents")
    assets = mine.in_bulk([row["asset"] for row in rows])
    return [
        validation.Picture(assets[row["asset"]], row.get("alt_text", ""), row.get("decorative", False), row.get("crop") or {})
        for row in rows
        if row["asset"] in assets
    ]


def parts_for(post: Post, account: Account) -> list[parts.Part]:
    """Everything the working copy would send to this account, link included: the post, its thread, its first comment."""
    content = post.working_copy.content
    own = content.get("variants", {}).get(str(account.pk))
    text = content.get("body", "") if own is None else own
    target = utm.direct(content.get("link", ""), content.get("utm") or {}, account.platform)
    link = composing.preview_link(post.library, target)
    return parts.parts(text, parts.options_in(content, account), link, account)


def text_for(post: Post, account: Account) -> str:
    """What the working copy would send to this account, link included; of a thread, its first part."""
    return parts_for(post, account)[0].text


def check_copy(post: Post, clashing: bool | None = None) -> list[validation.Problem]:
    """Every problem of the working copy with every chosen account, at the time for which it is planned (else now).

    `clashing` looks at what else the accounts say; None: only where a library lets that block.
    """
    link, pictures = post.working_copy.content.get("link", ""), pictures_of(post)
    accounts = chosen_accounts(post)
    if not accounts:
        return [validation.Problem("accounts", "no_account", _("Choose at least one account."))]
    written, view = post.working_copy.content.get("body", ""), standpoint.of(post)
    return [
        *(problem for account in accounts for problem in validation.problems(
            text=text_for(post, account), link=link, pictures=pictures, account=account, standpoint=view, written=written)),
        *(problem for account in accounts for problem in validation.part_problems(parts_for(post, account), account, view)),
        *standpoint.around(post, [(account, text_for(post, account)) for account in accounts], view, clashing),
        *validation.comment_problems(parts.refused(post.working_copy.content, accounts)),
    ]  # fmt: skip


def make_revision(
    actor: Actor, post: Post, accounts: Sequence[Account], *, small_edit_of: Revision | None = None
) -> Revision:
    """Freeze the working copy. An unchanged copy gives the current revision again, unless somebody judged it already.

    What was judged is judged as a new version, as each person speaks once on a revision.
    """
    content = post.working_copy.content
    variants = {a.pk: content.get("variants", {}).get(str(a.pk)) for a in accounts}
    media = [row for row in content.get("media", []) if row["asset"] in {p.asset.pk for p in pictures_of(post)}]
    options = {a.pk: said for a in accounts if (said := parts.options_in(content, a))}
    digest = composing.digest({
        "body": content["body"], "link": content["link"], "variants": variants, "media": media,
        **({"options": options} if options else {}), **({"utm": content["utm"]} if content.get("utm") else {}),
    })  # fmt: skip
    current = post.current_revision
    if current is not None and current.digest == digest and _still_here(current) and not current.reviews.exists():
        return current
    last = post.revisions.order_by("-number").first()
    revision = Revision.objects.create(
        post=post, library_id=post.library_id, realm=post.realm, number=last.number + 1 if last else 1,
        body=content["body"], link=content["link"], created_by=actor.user, digest=digest,
        utm=content.get("utm") or {}, small_edit_of=small_edit_of,
    )  # fmt: skip
    Variant.objects.bulk_create(
        Variant(revision=revision, library_id=post.library_id, realm=post.realm, account=account,
                platform=account.platform, body=variants[account.pk], options=options.get(account.pk, {}))
        for account in accounts
    )  # fmt: skip
    RevisionMedia.objects.bulk_create(
        RevisionMedia(revision=revision, library_id=post.library_id, asset_id=row["asset"], position=position,
                      alt_text="" if row.get("decorative") else row.get("alt_text", ""),
                      decorative=bool(row.get("decorative")), focal=row.get("focal") or [0.5, 0.5],
                      crop=row.get("crop") or {})
        for position, row in enumerate(media)
    )  # fmt: skip
    Post.objects.filter(pk=post.pk).update(current_revision=revision, updated_at=Now())
    post.current_revision = revision
    return revision


def _still_here(revision: Revision) -> bool:
    """Whether its author still works here; what one who left wrote becomes a colleague's by being submitted again."""
    return Membership.objects.filter(
        user=revision.created_by_id, library=revision.library_id, is_active=True, user__is_active=True
    ).exists()


def submit_post(*, actor: Actor, post: Post, planned_for: datetime | None) -> Revision:
    """Send to review. Raises Refused `problems` while something blocks, `state` when it is not a draft."""
    require(actor, "post.submit", post)
    post.planned_for = planned_for
    blocking = validation.blocking(check_copy(post))
    if blocking:
        raise Refused("problems", blocking[0].text)
    with transaction.atomic():
        locked = Post.objects.select_for_update().get(pk=post.pk)
        if locked.state not in ("draft", "changes_requested"):
            raise Refused("already_submitted", _("This post was already sent to review."))
        revision = make_revision(actor, locked, chosen_accounts(locked))
        Post.objects.filter(pk=post.pk).update(state="in_review", planned_for=planned_for, updated_at=Now())
        audit.record.record(actor, Action.POST_SUBMITTED, post, revision=revision.number, digest=revision.digest)
    post.refresh_from_db()
    return revision
