"""What people type about pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from media_library.inspect import read

ALT_TEXT_MAX = 1000  # the shortest of the networks' limits


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
            "JPEG, PNG, GIF or WebP, up to 40 MB each. Places and camera details are taken out before sending."
        ),
        error_messages={"required": _("Choose at least one picture.")},
    )


class DescribeForm(forms.Form):
    alt_text = forms.CharField(
        label=_("Describe it for people who cannot see it"),
        required=False,
        max_length=ALT_TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Say what matters in the picture, in a sentence or two. Leave out “picture of”."),
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Why may it no longer be used?"),
        max_length=300,
        help_text=_("Colleagues see this where they wanted to use it."),
        error_messages={"required": _("Say why, so that colleagues understand.")},
    )
