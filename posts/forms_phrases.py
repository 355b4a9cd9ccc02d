"""Forms about templates, snippets and sets of hashtags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from posts.models import HashtagSet, PostTemplate, Snippet


class TemplateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    audience = forms.ChoiceField(
        label=_("For"), choices=[("all", _("Everybody")), ("public", _("Public library")), ("academic", _("Academic library"))]
    )
    body = forms.CharField(
        label=_("Text"), max_length=5000, widget=forms.Textarea(attrs={"rows": 9, "class": "posttext"}),
        help_text=_("Placeholders such as {event.title} are filled in when the template is used."),
    )  # fmt: skip
    hashtags = forms.CharField(label=_("Hashtags"), max_length=300, required=False)
    picture = forms.CharField(
        label=_("Which picture fits"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Shown to whoever uses it, with what to say for people who cannot see the picture."),
    )  # fmt: skip


class SnippetForm(forms.Form):
    shortcut = forms.CharField(
        label=_("Shortcut"), max_length=31, help_text=_("“hours” is put in by typing /hours in the text."),
        widget=forms.TextInput(attrs={"autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    text = forms.CharField(label=_("Words"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class HashtagsForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    tags = forms.CharField(
        label=_("Hashtags"), max_length=300, help_text=_("Each word with a capital letter, such as #StoryTime, is read out well.")
    )


# kind in addresses -> (model, form, name of the row in its action)
KINDS: dict[str, tuple[Any, type[forms.Form], str]] = {
    "template": (PostTemplate, TemplateForm, "template"),
    "snippet": (Snippet, SnippetForm, "snippet"),
    "hashtags": (HashtagSet, HashtagsForm, "hashtags"),
}


def kept(row: Any, form: type[forms.Form]) -> dict[str, Any]:
    """What a form shows of a row."""
    return {name: getattr(row, name) for name in form.base_fields}
