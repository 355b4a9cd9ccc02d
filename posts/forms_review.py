"""What people type while reviewing: a text mended at once, an address for a letter, an answer to one, a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posts.checking import Checked
from posts.models import Revision


@dataclass(frozen=True)
class Part:
    """One text of a revision that a reviewer may mend."""

    name: str
    label: str
    text: str
    rows: int = 5


class Mending:
    """The texts of a revision as they stand, or as a reviewer typed them; `said` is why they were not kept."""

    def __init__(
        self, revision: Revision, checked: Checked | None, typed: Mapping[str, str] | None = None, said: str = ""
    ) -> None:
        self.revision, self.typed, self.said = revision, typed or {}, said

    @property
    def open(self) -> bool:
        return bool(self.said)

    @property
    def parts(self) -> list[Part]:
        return list(self._parts())

    def _parts(self) -> Iterator[Part]:
        variants = list(self.revision.variants.select_related("account"))
        if any(variant.body is None and not variant.options.get("thread") for variant in variants):
            yield self._part("body", _("Text for all"), self.revision.body)
        for variant in variants:
            thread = variant.options.get("thread") or []
            for n, text in enumerate(thread):
                label = _("%(account)s, part %(n)s") % {"account": variant.account.name, "n": n + 1}
                yield self._part(f"thread-{variant.account_id}-{n}", label, str(text), rows=3)
            if variant.body is not None and not thread:
                yield self._part(f"text-{variant.account_id}", str(variant.account.name), variant.body)
        if first := next((v.options["first_comment"] for v in variants if v.options.get("first_comment")), ""):
            yield self._part("comment", _("First comment"), str(first), rows=2)
        for shot in self.revision.media.select_related("asset"):
            if not shot.decorative:
                label = _("Alt text of %(picture)s") % {"picture": shot.asset.name}
                yield self._part(f"alt-{shot.asset_id}", label, shot.alt_text, rows=2)

    def _part(self, name: str, label: str, text: str, rows: int = 5) -> Part:
        return Part(name, label, self.typed.get(name, text), rows)


class LetterForm(forms.Form):
    """Whom to ask who has no account here."""

    address = forms.EmailField(
        label=gettext_lazy("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Type the address."), "invalid": gettext_lazy("That is not an e-mail address.")},
    )  # fmt: skip


class AnswerForm(forms.Form):
    """What somebody without an account says about a post."""

    verdict = forms.ChoiceField(choices=[("approve", ""), ("request_changes", "")])
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Type your name: it stands in the library's record.")},
    )  # fmt: skip
    comment = forms.CharField(
        label=gettext_lazy("What should change?"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
