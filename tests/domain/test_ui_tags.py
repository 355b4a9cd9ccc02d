"""What the tags of the interface print."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from libraries.templatetags import ui

NOW = datetime(2026, 12, 8, 8, 30, tzinfo=UTC)
DUBLIN = "Europe/Dublin"


def show(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW + timedelta(hours=1), "today 09:30"),
        (NOW + timedelta(days=1, minutes=30), "tomorrow 09:00"),
        (NOW - timedelta(days=1), "yesterday 08:30"),
        (NOW + timedelta(days=3), "Friday 08:30"),
        (NOW + timedelta(days=7), "Tue 15 December 08:30"),
        (NOW - timedelta(days=3), "Sat 5 December 08:30"),
        (NOW + timedelta(days=40), "17 January 2027 08:30"),
    ],
)
def test_a_time_is_said_as_people_say_it(moment: datetime, words: str) -> None:
    local, now = (one.astimezone(ZoneInfo(DUBLIN)) for one in (moment, NOW))
    assert ui.spoken(local, now) == words


def test_a_time_carries_its_exact_value_in_the_zone_of_the_branch() -> None:
    late = datetime(2026, 12, 8, 23, 30, tzinfo=UTC)
    html = show("{% when late tz now=now %}", late=late, now=NOW, tz="America/Toronto")
    assert 'datetime="2026-12-08T23:30:00+00:00"' in html
    assert 'title="Tuesday 8 December 2026, 18:30 America/Toronto"' in html
    assert ">today 18:30<" in html


def test_the_day_changes_with_the_zone() -> None:
    late = datetime(2026, 12, 8, 23, 30, tzinfo=UTC)
    assert ">tomorrow 08:30, Asia/Tokyo<" in show(
        "{% when late 'Asia/Tokyo' zone=True now=now %}", late=late, now=datetime(2026, 12, 8, 3, 0, tzinfo=UTC)
    )


def test_no_time_prints_nothing() -> None:
    assert show("{% when none %}{% age none %}{% day none %}") == ""


def test_a_state_is_a_colour_an_icon_and_a_word() -> None:
    html = show("{% badge 'sent' %}")
    assert 'class="badge ok"' in html
    assert "#check" in html
    assert html.endswith("Published</span>")


def test_an_event_that_was_held_is_not_on_hold() -> None:
    assert "On hold" in show("{% badge 'held' %}")
    assert "Took place" in show("{% badge 'held' of='event' %}")
    assert "Planned" in show("{% badge 'planned' of='event' %}")


def test_an_unknown_state_is_shown_by_its_name() -> None:
    assert "Under repair" in show("{% badge 'under_repair' %}")


def test_what_people_write_is_escaped_everywhere() -> None:
    bad = "<script>alert(1)</script> #tag"
    html = show(
        "{% network 'facebook' bad %}{% button bad %}{% card title=bad %}x{% endcard %}{% avatar bad %}"
        "{% problem text=bad %}{% endproblem %}{% chip '#' now bad 'sent' nets %}{% preview 'instagram' bad bad %}"
        "{% dialog id='d' title=bad %}{% enddialog %}{% emptystate title=bad %}{% endemptystate %}{% menu bad %}{% endmenu %}",
        bad=bad,
        now=NOW,
        nets=["facebook"],
    )
    assert "<script" not in html
    assert '<span class="linkish">#tag</span>' in html


def test_a_chip_says_everything_to_a_reader() -> None:
    html = show(
        "{% chip '/p/1' now words 'in_review' nets tz=tz %}", now=NOW, words="Book club", nets=["twitter"], tz=DUBLIN
    )
    assert 'aria-label="08:30, Book club, X (Twitter), In review"' in html


def test_a_long_text_folds_between_words_and_loses_none() -> None:
    text = "word " * 100
    shown, rest = ui.fold(text, 125)
    assert shown + rest == text
    assert len(shown) <= 125 and rest.startswith(" ")


def test_a_text_without_blanks_folds_too() -> None:
    shown, rest = ui.fold("x" * 300, 125)
    assert (len(shown), len(rest)) == (125, 175)


class Form(forms.Form):
    title = forms.CharField(help_text="Only your library sees this.")
    note = forms.CharField(required=False)
    how = forms.ChoiceField(choices=[("now", "Now")], widget=forms.RadioSelect)


def test_a_field_ties_label_help_and_error_to_its_control() -> None:
    html = show("{% field form.title counter=250 %}", form=Form({"title": "", "how": "now"}))
    assert '<label for="id_title">Title</label>' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'id="id_title_helptext"' in html and 'id="id_title_error"' in html
    assert 'aria-invalid="true"' in html and 'data-counter="250"' in html


def test_a_field_keeps_what_was_typed_and_says_that_it_is_optional() -> None:
    html = show("{% field form.note %}", form=Form({"note": "a “note”"}))
    assert "optional" in html and 'value="a “note”"' in html


def test_a_group_of_choices_is_a_fieldset_with_a_legend() -> None:
    html = show("{% field form.how %}", form=Form({}))
    assert '<fieldset class="field" aria-describedby="id_how_error">' in html and "<legend>How</legend>" in html


def test_the_summary_links_to_what_needs_a_look() -> None:
    html = show("{% form_errors form %}", form=Form({}))
    assert "2 answers need a second look" in html and 'href="#id_title"' in html
    assert show("{% form_errors form %}", form=Form()).strip() == ""


def test_a_letter_says_the_same_in_both_forms() -> None:
    words = {"library": "Fernhollow & Sons", "action_url": "https://here.example/?a=1&b=2", "action_label": "Open it"}
    plain = Template('{% extends "email/base.txt" %}{% block heading %}News{% endblock %}').render(Context(words))
    rich = Template('{% extends "email/base.html" %}{% block heading %}News{% endblock %}').render(Context(words))
    assert "News" in plain and "Open it: https://here.example/?a=1&b=2" in plain and "Fernhollow & Sons" in plain
    assert 'href="https://here.example/?a=1&amp;b=2"' in rich and "Fernhollow &amp; Sons" in rich


def test_pages_keep_the_filter() -> None:
    request = RequestFactory().get("/posts/?state=draft&page=2")
    html = show("{% pager page %}", page=Paginator(range(95), 20).page(2), request=request)
    assert 'href="?state=draft&amp;page=3"' in html and "21 to 40 of 95" in html
    assert show("{% pager page %}", page=Paginator(range(5), 20).page(1), request=request).strip() == ""
