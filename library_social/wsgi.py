"""The web application, for granian or any other WSGI server."""

from __future__ import annotations

import os
import signal

from django.core.wsgi import get_wsgi_application

from library_social.child import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "library_social.settings")

if "SUPERVISOR_ENABLED" in os.environ:
    # The server runs us in a process of its own, which would keep the port if the server were killed outright.
    die_with_parent(signal.SIGKILL)

application = get_wsgi_application()
