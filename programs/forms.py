"""Where events come from: an address or a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs.actions import MAX_BYTES


class ImportForm(forms.Form):
    """One of `url` and `file`. After `is_valid`, `url` has a scheme we can read and `body` holds the file."""

    url = forms.CharField(
        label=gettext_lazy("Address of the calendar"), required=False, max_length=1000,
        help_text=gettext_lazy("Ends in .ics or .rss, or stands behind “Subscribe” on your events page. It is read again every half hour."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Or a calendar file"), required=False, allow_empty_file=True,
        help_text=gettext_lazy("An .ics or .rss file of up to 5 MB. It is read once."),
        widget=forms.ClearableFileInput(attrs={"accept": ".ics,.rss,.xml,text/calendar"}),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("What to call it"), required=False, max_length=200,
        help_text=gettext_lazy("Left empty, it keeps the name it brings."),
    )  # fmt: skip
    body: bytes = b""
    content_type: str = ""

    def clean_url(self) -> str:
        url = self.cleaned_data["url"].strip()
        if url.lower().startswith(("webcal://", "webcals://")):
            url = f"https://{url.split('://', 1)[1]}"
        return url if not url or "://" in url else f"https://{url}"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        file, url = said.get("file"), said.get("url")
        if file and url:
            self.add_error("file", _("Give an address or a file, not both at once."))
        elif file:
            if not file.size:
                self.add_error("file", _("That file is empty."))
            elif file.size > MAX_BYTES:
                self.add_error("file", _("That file is larger than 5 MB. Ask for a feed with fewer months."))
            else:
                self.body, self.content_type = file.read(), file.content_type or ""
        elif not url and "url" not in self.errors:
            self.add_error("url", _("Give the address of a calendar, or choose a file below."))
        return said


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why (goes into the record)"), required=False, max_length=300)
