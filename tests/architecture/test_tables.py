"""What the database itself must hold to: states it knows, migrations that match the models."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from tests.architecture.order import ROOT

OURS = [
    model
    for model in apps.get_models(include_auto_created=True)
    if (ROOT / model._meta.app_config.name).is_dir()
]


NOT_A_STATE = {"platforms.OAuthState"}  # OAuth's word for the secret that comes back with the person


@pytest.mark.django_db
def test_no_migration_is_missing():
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(f"models and migrations differ:\n{said.getvalue()}")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_state_has_a_check_that_knows_its_values(model):
    if model._meta.label in NOT_A_STATE or "state" not in {field.name for field in model._meta.get_fields()}:
        return
    checks = [c for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
    assert any("state" in str(c.condition) for c in checks), f"{model._meta.label} takes any state"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_constraints_read_as_sentences_of_their_table(model):
    for constraint in model._meta.constraints:
        assert constraint.name == constraint.name.lower()
        assert "_" in constraint.name, f"{constraint.name} claims nothing"
