"""One visit to the composer: what was typed, keeping it, showing it again."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from libraries.access import Request
from libraries.permissions import Refused, require
from media_library.actions import add_asset
from media_library.forms import content
from media_library.inspect import PictureRefused
from media_library.models import LICENCES, OWN, Asset
from platforms.models import Account
from posts import actions, checking, mend_form, thread_form
from posts.forms import Composition, read_composition
from posts.models import Event, Post
from posts.models.post import empty_copy
from posts.views import campaign_field, when, writing


def accounts_for(request: Request, post: Post | None) -> list[Account]:
    """Accounts of the post's own realm; switched-off ones only where the post already names them."""
    named = post.working_copy.content.get("accounts", []) if post else []
    mine = Account.objects.visible_to(request.actor).filter(realm=post.realm if post else request.actor.library.mode)
    return [a for a in mine.order_by("platform", "name", "pk") if a.state != Account.DISABLED or a.pk in named]


def editable(request: Request, pk: int) -> Post:
    """The post, if this person may change it. Raises PermissionDenied, Http404."""
    posts = Post.objects.visible_to(request.actor).select_related(
        "working_copy", "event", "event__branch", "library", "author", "campaign"
    )
    post = get_object_or_404(posts, pk=pk)
    if not actions.may_edit(request.actor, post):
        require(request.actor, "post.edit_any", post)
    return post


class Editing:
    """Holds a post (or None for a new one), its accounts, its plan's form and the composition as it stands."""

    def __init__(self, request: Request, post: Post | None, event: Event | None = None) -> None:
        self.request, self.post, self.now = request, post, timezone.now()
        self.event = post.event if post else event
        self.accounts = accounts_for(request, post)
        self.zone = post.zone if post else request.actor.library.zone
        self.said: list[str] = []
        self.born = "" if post else request.POST.get("born", "")[:40] or secrets.token_urlsafe(16)
        self.conflict = False
        self.mended: dict[str, str] = {}
        if request.method == "POST":
            self.typed = read_composition(request.POST, self.accounts)
            self._own_pictures()
            writing.placed(self)
            thread_form.act(request.POST.get("thread", ""), self.typed.content, self.accounts)
            self.plan = when.form_for(self)
            mend_form.pressed(self)
        else:
            self.typed, planned = self._first()
            self.plan = when.form_for(self, planned)

    def _first(self) -> tuple[Composition, datetime | None]:
        """What stands there when the page opens."""
        if self.post:
            copy = self.post.working_copy
            return Composition(self.post.title, {**empty_copy(), **copy.content}, copy.version), self.post.planned_for
        usable = [a for a in self.accounts if a.state != Account.DISABLED]
        if self.event:
            content = writing.begun(self, checking.from_event(self.event, usable))
            return Composition(self.event.title[:200], content, 0), checking.time_before(self.event, self.now)
        return Composition("", writing.begun(self, {**empty_copy(), "accounts": [a.pk for a in usable]}), 0), None

    def _own_pictures(self) -> None:
        """Only pictures of this library, cropped round the point that was chosen for each."""
        rows = self.typed.content["media"]
        assets = Asset.objects.visible_to(self.request.actor).in_bulk([row["asset"] for row in rows])
        self.typed.content["media"] = [
            {**row, "focal": [assets[row["asset"]].focal_x, assets[row["asset"]].focal_y]}
            for row in rows
            if row["asset"] in assets
        ]

    @property
    def moment(self) -> datetime | None:
        """The chosen time; None for now, and where the form does not say a good one yet."""
        return self.plan.moment if self.plan.is_bound and self.plan.is_valid() else self._initial_moment()

    def _initial_moment(self) -> datetime | None:
        if self.plan.is_bound or self.plan.initial["when"] == "now":
            return None
        wall = datetime.combine(self.plan.initial["date"], self.plan.initial["time"])
        return wall.replace(tzinfo=self.zone, fold=self.plan.initial.get("fold", 0))

    def add_files(self) -> None:
        """Pictures that came with the form itself, where no script sent them before."""
        for file in self.request.FILES.getlist("files"):
            try:
                licence = self.request.POST.get("licence", "")
                asset = add_asset(
                    actor=self.request.actor, data=content(file), name=file.name or "",
                    licence=licence if licence in LICENCES else OWN,
                )  # fmt: skip
            except PictureRefused as no:
                self.said.append(f"{file.name}: {no.text.removeprefix(str(file.name)).strip()}")
                continue
            if asset.pk not in [row["asset"] for row in self.typed.content["media"]]:
                focal = [asset.focal_x, asset.focal_y]
                self.typed.content["media"].append(
                    {"asset": asset.pk, "alt_text": asset.alt_text, "decorative": False, "focal": focal}
                )

    def keep(self) -> Post:
        """Store what was typed; a new post is born here. Raises Refused where somebody else saved since."""
        actor, typed = self.request.actor, self.typed
        if self.post is None:
            self.post = actions.create_post(
                actor=actor, title=typed.title, event=self.event, content=typed.content, born=self.born
            )
        if self._changed(self.post):
            actions.save_copy(
                actor=actor, post=self.post, content=typed.content, version=typed.version, title=typed.title
            )
        self.post.refresh_from_db()
        when.keep(self, self.post)
        campaign_field.keep(self, self.post)
        typed.version = self.post.working_copy.version
        return self.post

    def _changed(self, post: Post) -> bool:
        held = {**empty_copy(), **post.working_copy.content}
        return held != self.typed.content or post.title != self.typed.title

    def checked(self) -> checking.Checked:
        """Every problem of what was typed. An empty page that was just opened is no mistake yet."""
        typed = self.typed
        found = checking.check(self.request.actor, self.post, typed.content, self.accounts, typed.link_problem, self.event, self.moment, clashing=True)
        if self.request.method != "POST" and not typed.content["body"] and not typed.content["media"]:
            found.set_aside()
        return found

    def context(self) -> dict[str, Any]:
        """Everything that the composer's templates show."""
        step = checking.next_step(self.request.actor, self.moment)
        found = self.checked()
        strong, rest = checking.will(len(found.chosen), self.moment, self.zone, self.now, step.note, step.code)
        if self.plan.is_bound and not self.plan.is_valid():
            strong, rest = _("The time needs a second look."), _("Nothing is sent before it is right.")
        elif not found.chosen:
            strong, rest = _("No account is chosen yet."), step.note
        else:
            strong, rest = when.sentence(self, strong, rest)
        return {
            "post": self.post, "born": self.born, "event": self.event, "typed": self.typed, "plan": self.plan, "checked": found, "step": step,
            "will_strong": strong, "will_rest": rest, "said": self.said, "mended": self.mended, "conflict": self.conflict, "moment": self.moment,
            "zone": self.zone, "no_accounts": not self.accounts, "may_review": self._may_review(), **writing.context(self), **campaign_field.context(self),
        }  # fmt: skip

    def _may_review(self) -> bool:
        waits = self.post is not None and self.post.state == "in_review"
        return waits and self.request.actor.may("post.approve", self.post)

    def page(self, status: int = 200) -> HttpResponse:
        return render(self.request, "posts/composer.html", self.context(), status=status)

    def refused(self, no: Refused) -> HttpResponse:
        """The form again, with everything that was typed and why it was not taken."""
        self.said.append(no.text)
        self.conflict = no.code == "saved_elsewhere"
        return self.page(422)
