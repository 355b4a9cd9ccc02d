"""What people type about pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from media_library.inspect import read
from media_library.models import LICENCES, OWN, PEOPLE, TAG_LENGTH, TAGS_MAX, Asset
from platforms import registry

ALT_TEXT_MAX = 1000  # the shortest of the networks' limits


def read_tags(raw: str) -> list[str]:
    """Tags as people type them, with commas between: trimmed, in small letters, each once, in their order."""
    parts = (" ".join(part.split()).lower()[:TAG_LENGTH].strip() for part in raw.replace("\0", "").replace("\n", ",").split(","))
    return list(dict.fromkeys(part.lstrip("#") for part in parts if part.lstrip("#")))[:TAGS_MAX]


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyPictures(forms.FileField):
    """Several files in one field; `clean` returns a list. What is inside them is judged by the action, in words."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = list(data) if isinstance(data, (list, tuple)) else [data]
        if not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(ManyPictures, self).clean(one, initial) for one in files]


def content(file: UploadedFile) -> bytes:
    """All bytes of an upload. Raises PictureRefused for one over the limit before it is read into memory."""
    if hasattr(file, "temporary_file_path"):
        return read(Path(file.temporary_file_path()), file.name)[0]
    return file.read()


class UploadForm(forms.Form):
    files = ManyPictures(
        label=_("Pictures"),
        allow_empty_file=True,
        help_text=_(
            "JPEG, PNG, WebP, GIF, HEIC or AVIF, up to 40 MB each. Places and camera details are taken out before sending."
        ),
        error_messages={"required": _("Choose at least one picture.")},
    )
    licence = forms.ChoiceField(label=_("These pictures are"), choices=list(LICENCES.items()), required=False, initial=OWN)

    def clean_licence(self) -> str:
        return self.cleaned_data["licence"] or OWN


class DescribeForm(forms.Form):
    alt_text = forms.CharField(
        label=_("Describe it for people who cannot see it"),
        required=False,
        max_length=ALT_TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Say what matters in the picture, in a sentence or two. Leave out “picture of”."),
    )
    tags = forms.CharField(
        label=_("Tags"), required=False, max_length=900, help_text=_("With commas between: story time, garden branch.")
    )

    def clean_tags(self) -> list[str]:
        return read_tags(self.cleaned_data["tags"])


class RightsForm(forms.Form):
    """Whose picture it is, and whether people can be recognised in it."""

    licence = forms.ChoiceField(label=_("Whose picture is it?"), choices=list(LICENCES.items()))
    credit = forms.CharField(
        label=_("Credit line"), required=False, max_length=200,
        help_text=_("As it should be printed: “Photo: Ana Reyes, CC BY 4.0”. It is offered in each post."),
    )  # fmt: skip
    rights = forms.CharField(
        label=_("What was agreed"), required=False, max_length=300, help_text=_("By whom, for what, and where it is written down.")
    )
    rights_until = forms.DateField(
        label=_("May be shown until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("That day counts too. Leave it empty where there is no end."),
    )  # fmt: skip
    people = forms.ChoiceField(label=_("Can people be recognised in it?"), choices=list(PEOPLE.items()), required=False)

    def __init__(self, data: Any = None, *, instance: Asset | None = None, **rest: Any) -> None:
        names = ("licence", "credit", "rights", "rights_until", "people")
        initial = {name: getattr(instance, name) for name in names} if instance else {}
        super().__init__(data, initial=initial, **rest)


class ConsentForm(forms.Form):
    """What one person in the picture allowed."""

    who = forms.CharField(
        label=_("Who"), max_length=120, help_text=_("A name, or words that colleagues know the person by: “girl in the red coat”."),
        error_messages={"required": _("Say who it is, in words that colleagues know the person by.")},
    )  # fmt: skip
    minor = forms.BooleanField(label=_("Under age"), required=False)
    guardian = forms.CharField(label=_("Who consented for them"), required=False, max_length=120)
    networks = forms.MultipleChoiceField(
        label=_("Only on these networks"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Leave all empty where the consent is for every network."),
    )  # fmt: skip
    until = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("That day counts too. Leave it empty where there is no end."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What was agreed"), required=False, max_length=300, help_text=_("And where the signed sheet is kept.")
    )

    def __init__(self, data: Any = None, **rest: Any) -> None:
        super().__init__(data, prefix="consent", **rest)
        self.fields["networks"].choices = [(name, registry.get(name).label) for name in registry.names()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("minor") and not said.get("guardian"):
            self.add_error("guardian", _("For a minor, say who consented for them."))
        return said


class FocusForm(forms.Form):
    """The point that stays in sight, in hundredths of the width and of the height."""

    x = forms.IntegerField(label=_("From the left edge"), min_value=0, max_value=100, widget=forms.NumberInput(attrs={"type": "range"}))
    y = forms.IntegerField(label=_("From the top"), min_value=0, max_value=100, widget=forms.NumberInput(attrs={"type": "range"}))


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Why may it no longer be used?"),
        max_length=300,
        help_text=_("Colleagues see this where they wanted to use it."),
        error_messages={"required": _("Say why, so that colleagues understand.")},
    )
