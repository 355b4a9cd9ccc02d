"""Whether patrons and networks reach us at PUBLIC_URL. Asked from outside our own process, as far as that goes."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from core import remote
from core.errors import RemoteError
from libraries.models import Library

PROBE = "/healthz/address"


def fingerprint() -> str:
    """What our own server answers at PROBE: proves that the address leads to this installation."""
    return hashlib.sha256(f"address:{settings.SECRET_KEY}".encode()).hexdigest()[:32]


def is_local(url: str) -> bool:
    """Whether an address is this machine's own and so can only serve the practice network."""
    return (urlsplit(url).hostname or "") in ("127.0.0.1", "localhost", "::1")


def check() -> tuple[bool, str]:
    """Ask our public address who it is. Returns whether it is us, and what to tell people."""
    url = settings.PUBLIC_URL
    if not url:
        return False, _("No public address is set (PUBLIC_URL). Posts carry the direct link instead of ours.")
    if is_local(url):
        return False, _("%(url)s is this machine's own address: good for practice, but patrons cannot reach it.") % {"url": url}
    try:
        got = remote.fetch(url + PROBE, max_bytes=1000, deadline=8.0)
    except (RemoteError, ValueError):
        return False, _("%(url)s did not answer from outside. Posts carry the direct link instead of ours.") % {"url": url}
    if got.status != 200 or got.body.decode(errors="replace").strip() != fingerprint():
        return False, _("%(url)s answers, but not as this installation. Posts carry the direct link instead of ours.") % {"url": url}
    return True, _("%(url)s answers. Short links and pictures are reachable.") % {"url": url}


def check_and_keep() -> bool:
    """Check and store the answer for every library of this installation."""
    good, detail = check()
    Library.objects.update(public_url_ok=good, public_url_detail=detail[:300], public_url_checked_at=timezone.now())
    return good
