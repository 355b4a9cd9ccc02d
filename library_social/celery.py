"""The doorbell: a Celery application that holds no state, keeps no results and knows no countdowns.

    celery -A library_social worker -P threads -c 64 -Q publish,collect,slow
"""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "library_social.settings")

app = Celery("library_social")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["scheduler"])
