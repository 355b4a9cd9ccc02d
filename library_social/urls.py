"""Every address of the product, app by app."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

APPS = ("libraries", "libraries.record", "platforms", "media_library", "posts", "programs", "inbox", "planner")

urlpatterns = [path("", include(f"{app}.urls")) for app in APPS if find_spec(f"{app}.urls")]
