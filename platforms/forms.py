"""Forms about accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from platforms.base import Grant


class ChooseForm(forms.Form):
    """Which of the offered pages to connect. What cannot be connected is listed beside the form, not in it."""

    chosen = forms.MultipleChoiceField(
        label=_("Connect these"), widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Tick at least one of them, then press Connect. Nothing has been connected yet."),
            "invalid_choice": _("One of those is not offered any more. Tick what is in the list, then press Connect."),
        },
    )  # fmt: skip

    def __init__(self, offers: list[Grant], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["chosen"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = [(one.external_id, one.name) for one in offers]


class SecondRouteForm(forms.Form):
    """Instagram's second route: the warning must be signed with one's own name."""

    username = forms.CharField(
        label=_("Instagram user name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("Instagram password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("It is used once to sign in and is not kept. What Instagram gives in return is kept encrypted."),
    )  # fmt: skip
    code = forms.CharField(
        label=_("Code of the second step"), required=False, max_length=12,
        help_text=_("If Instagram asks for a code when you sign in."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip
    signature = forms.CharField(
        label=_("Sign with your own name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("I have read the warning and take this on for my library."),
    )  # fmt: skip

    def __init__(self, signer: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signer = signer

    def clean_signature(self) -> str:
        signed = str(self.cleaned_data["signature"]).strip()
        if signed.casefold() != self.signer.casefold():
            raise forms.ValidationError(
                _("Sign with your name as it stands here: %(name)s."), params={"name": self.signer}
            )
        return signed
