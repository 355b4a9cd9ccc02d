"""The small form that gives a post another time."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

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
