"""Arrows that import-linter cannot see, because they are strings: foreign keys, addresses in templates."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import get_resolver

from tests.architecture.order import HEIGHT, PACKAGES, ROOT, may_know

OURS = [config for config in apps.get_app_configs() if (ROOT / config.name).is_dir()]
# The record's pages need to know people, so they live one layer above its tables.
PAGES_OF = {"audit": "libraries"}
URL_TAG = re.compile(r"""\{%\s*url\s+["']([\w:.-]+)["']""")


def test_every_package_of_the_repository_has_its_place_in_the_order():
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert folders == set(PACKAGES)
    assert set(HEIGHT) == set(PACKAGES) - {"sandbox"}


def test_every_installed_app_of_ours_has_its_place_in_the_order():
    unknown = [app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir() and app not in HEIGHT]
    assert unknown == []


def test_the_scheduler_and_the_project_own_no_tables():
    owners = {config.name for config in OURS if list(config.get_models())}
    assert not owners & {"scheduler", "library_social"}


@pytest.mark.parametrize("config", OURS, ids=lambda config: config.name)
def test_foreign_keys_point_down(config):
    for model in config.get_models():
        for field in model._meta.get_fields():
            target = getattr(field, "remote_field", None) and field.concrete and field.related_model
            if target and target._meta.app_config in OURS:
                owner = target._meta.app_config.name
                assert may_know(config.name, owner), f"{model.__name__}.{field.name} points up to {owner}"


def _owners_of_addresses() -> dict[str, str]:
    """Name of an address -> package of the view behind it."""
    owners: dict[str, str] = {}

    def walk(patterns, prefix: str) -> None:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
                walk(pattern.url_patterns, space)
            elif pattern.name:
                view = getattr(pattern.callback, "view_class", pattern.callback)
                owners[prefix + pattern.name] = view.__module__.split(".")[0]

    walk(get_resolver().url_patterns, "")
    return owners


def test_templates_of_an_app_name_no_address_of_a_higher_app():
    owners = _owners_of_addresses()
    wrong = []
    for path in sorted((ROOT / "templates").glob("*/**/*.html")):
        folder = path.relative_to(ROOT / "templates").parts[0]
        app = PAGES_OF.get(folder, folder)
        if app not in HEIGHT:
            continue  # components and the frame belong to no app and may lead anywhere
        for name in URL_TAG.findall(path.read_text()):
            owner = owners.get(name, app)
            if owner in HEIGHT and not may_know(app, owner):
                wrong.append(f"{path.relative_to(ROOT)} names {name}, which is {owner}'s")
    assert wrong == []
