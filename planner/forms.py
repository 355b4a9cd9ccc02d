"""The small form that gives a post another time."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from posts.forms import PlanForm


class MoveForm(PlanForm):
    """A day and a time in the library's zone. After `is_valid`, `moment` is aware."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["when"]
        for name, words in (("date", _("Choose a day.")), ("time", _("Choose a time."))):
            self.fields[name].required, self.fields[name].error_messages["required"] = True, words

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["when"] = "at"
        return super().clean()


class LocalDayForm(forms.Form):
    """A day of the library's own, as `planner.actions.add_local_day` takes it."""

    name = forms.CharField(max_length=120, label=_lazy("What it is"))
    on = forms.DateField(label=_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    days = forms.IntegerField(min_value=1, max_value=31, initial=1, label=_lazy("How many days"))
    yearly = forms.BooleanField(required=False, initial=True, label=_lazy("Every year"))
    care = forms.BooleanField(required=False, label=_lazy("Needs care"))
    note = forms.CharField(max_length=300, required=False, label=_lazy("What to mind"))
