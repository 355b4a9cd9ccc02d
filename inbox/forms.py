"""What is typed as an answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.models import Conversation, Message


class ReplyForm(forms.Form):
    """An answer to one comment of the talk. After `is_valid`, `to` is a Message of this very talk, or None."""

    body = forms.CharField(
        label=_("Your answer"), max_length=10_000, error_messages={"required": _("Write an answer first.")},
        widget=forms.Textarea(attrs={"rows": 4, "data-shortcut": "r"}),
    )  # fmt: skip
    to = forms.ModelChoiceField(queryset=Message.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, talk: Conversation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = talk.messages.filter(direction="in")

    def clean_body(self) -> str:
        """Networks count one newline where a form sends two characters."""
        return self.cleaned_data["body"].replace("\r\n", "\n").replace("\r", "\n")


class ResolveForm(forms.Form):
    """What a person saw on the network."""

    answer = forms.ChoiceField(choices=[(name, name) for name in ("up", "not_up", "drop")])
