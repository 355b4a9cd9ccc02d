"""Forms about signing in, the library and its people."""

from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from libraries import actions, entering, throttling
from libraries.models import Library, Role, User


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every time zone a library can be in, by part of the world."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        region, _slash, town = name.partition("/")
        if town and region in ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian",
                               "Pacific"):  # fmt: skip
            regions.setdefault(region, []).append((name, town.replace("_", " ").replace("/", ", ")))
    return [*regions.items(), ("UTC", [("UTC", "UTC")])]


class SignInForm(forms.Form):
    """E-mail and password. After `is_valid`, `user` is who came in; the address typed is kept when it was wrong."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, None
        self.wait_s = 0  # seconds until it may be tried again

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("email"), self.cleaned_data.get("password")
        if not email or not password:
            return self.cleaned_data
        place = throttling.place_of(self.request)
        if seconds := throttling.wait_for(email, place):
            self.wait_s = seconds
            raise forms.ValidationError(throttling.in_words(seconds), code="wait")
        self.user = authenticate(self.request, email=email, password=password)
        if self.user is None:
            throttling.count_wrong(email, place)
            entering.record_refusal(email, "wrong password or closed sign-in")
            raise forms.ValidationError(
                _("That address and that password do not belong together. Check both and try again."), code="wrong"
            )
        throttling.forget(email, place)
        return self.cleaned_data


class LibraryForm(forms.Form):
    """The library itself. `short=True` asks only for what the first step needs."""

    name = forms.CharField(label=_("Name of the library"), max_length=120)
    tz = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Posts go out by the clocks of this place, summer time included.")
    )
    website = forms.URLField(
        label=_("Website"), required=False, max_length=200, assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )  # fmt: skip
    review = forms.ChoiceField(
        label=_("Review"), required=False,
        choices=[("one", _("A second person approves")), ("none", _("No review"))],
        help_text=_("Without review, whoever hands a post in gives it its time. Who approves for one branch, campaign "
                    "or account is set on the page of the review."),
    )  # fmt: skip
    small_edits = forms.BooleanField(
        label=_("What a manager mends while approving needs no second look"), required=False,
        help_text=_("Author and manager are two people already. Off: after a manager mended a text, somebody else approves it."),
    )  # fmt: skip
    self_review = forms.BooleanField(
        label=_("Authors may approve their own posts"), required=False,
        help_text=_("For a library of one. A second pair of eyes catches most mistakes, so leave this off where two "
                    "people work. Each time it is used, the record says so."),
    )  # fmt: skip

    def __init__(self, library: Library, *args: Any, short: bool = False, **kwargs: Any) -> None:
        kept = {name: getattr(library, name) for name in actions.SETTINGS}
        super().__init__(*args, initial=kept, **kwargs)
        self.fields["tz"].choices = zone_choices()
        if short:
            for name in ("website", "review", "self_review", "small_edits"):
                del self.fields[name]

    def clean_review(self) -> str:
        """A form that does not ask leaves it as it is."""
        return self.cleaned_data["review"] or self.initial["review"]


class PersonForm(forms.Form):
    """A new colleague."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.STAFF)


class MembershipForm(forms.Form):
    """What one person may do here."""

    role = forms.ChoiceField(choices=Role.choices)
    is_active = forms.BooleanField(required=False)


class PasswordForm(forms.Form):
    """A new password for oneself."""

    old = forms.CharField(
        label=_("Password until now"), strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    new = forms.CharField(
        label=_("New password"), strip=False, help_text=_("At least 12 characters; a sentence is easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_old(self) -> str:
        if not self.user.check_password(self.cleaned_data["old"]):
            raise forms.ValidationError(_("This is not your password until now."))
        return self.cleaned_data["old"]

    def clean_new(self) -> str:
        validate_password(self.cleaned_data["new"], self.user)
        return self.cleaned_data["new"]


class GoLiveForm(forms.Form):
    """Typing the library's name is the one thing that nobody does by accident."""

    name = forms.CharField(
        label=_("Type the name of your library"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, library: Library, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.library = library

    def clean_name(self) -> str:
        if self.cleaned_data["name"].strip().casefold() != self.library.name.casefold():
            raise forms.ValidationError(
                _("That is not the name. It is “%(name)s”."), params={"name": self.library.name}
            )
        return self.cleaned_data["name"]


class RecordFilter(forms.Form):
    """What to look for in the record. Everything is optional."""

    person = forms.ChoiceField(label=_("Person"), required=False)
    action = forms.ChoiceField(label=_("What happened"), required=False)
    kind = forms.ChoiceField(label=_("About"), required=False)
    number = forms.IntegerField(label=_("Its number"), required=False, min_value=1)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    field_order: ClassVar[list[str]] = ["person", "action", "kind", "number", "since", "until"]

    def __init__(self, people: list, actions_: list, kinds: list, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _("Anybody")), *people]
        self.fields["action"].choices = [("", _("Anything")), *actions_]
        self.fields["kind"].choices = [("", _("Everything")), *kinds]


class EraseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it must go"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The reason stays in the record, with your name and the time."),
    )  # fmt: skip
