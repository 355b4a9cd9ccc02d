"""May this picture be shown? One answer in words for people, and the same one in SQL for the engine and for lists.

A picture is barred while it is withdrawn, while nobody said whose it is, while a licence that asks for credit has none,
after the last day of a right, and while one of the people in it has not consented, no longer does, or not to this
network. Days are the library's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from media_library.models import NEED_CREDIT, OTHER, UNKNOWN, Asset, Consent
from platforms.registry import get

# Over the rows `asset` and `library`; {platform} is an SQL expression, or NULL where no network is meant.
BARRED = """(asset.withdrawn_at IS NOT NULL OR asset.licence = 'unknown'
    OR (asset.licence IN ('cc_by', 'cc_by_sa') AND asset.credit = '') OR (asset.licence = 'other' AND asset.rights = '')
    OR asset.rights_until < (now() AT TIME ZONE library.tz)::date
    OR (asset.people = 'some' AND NOT EXISTS (
        SELECT 1 FROM media_library_consent AS c WHERE c.asset_id = asset.id AND c.replaced_at IS NULL))
    OR EXISTS (
        SELECT 1 FROM media_library_consent AS c WHERE c.asset_id = asset.id AND c.replaced_at IS NULL
        AND (c.withdrawn_at IS NOT NULL OR c.until < (now() AT TIME ZONE library.tz)::date
             OR (c.networks <> '{{}}' AND NOT {platform} = ANY(c.networks)))))"""


@dataclass(frozen=True)
class Bar:
    """Why a picture may not be shown. `code` is stable."""

    code: str
    text: str


def today_of(asset: Asset) -> date:
    return timezone.now().astimezone(asset.library.zone).date()


def bars(asset: Asset, platform: str = "") -> list[Bar]:
    """What forbids showing `asset` (on `platform`, where one is meant) today. Prefetch `consents` and `library`."""
    return [*_of_the_right(asset), *_of_the_people(asset, platform)]


def _of_the_right(asset: Asset) -> Iterator[Bar]:
    name = {"name": asset.name}
    if asset.deleted_at:
        yield Bar("picture_deleted", _("“%(name)s” was deleted from the media library. Restore it there, or take it out.") % name)
    if asset.withdrawn_at:
        yield Bar("picture_withdrawn", _("“%(name)s” may no longer be used: %(why)s") % {**name, "why": asset.withdrawn_reason})
    if asset.licence == UNKNOWN:
        yield Bar("rights_unknown", _("Nobody has said yet whose picture “%(name)s” is. Say so on its page in the media library.") % name)
    if asset.licence in NEED_CREDIT and not asset.credit:
        yield Bar("credit_missing", _("The licence of “%(name)s” asks for credit. Write down its maker on its page in the media library.") % name)
    if asset.licence == OTHER and not asset.rights:
        yield Bar("rights_unsaid", _("Say on its page what was agreed about “%(name)s”.") % name)
    if asset.rights_until and asset.rights_until < today_of(asset):
        yield Bar("rights_expired", _("The right to show “%(name)s” ended on %(day)s.") % {**name, "day": _day(asset.rights_until)})


def _of_the_people(asset: Asset, platform: str) -> Iterator[Bar]:
    current = [consent for consent in asset.consents.all() if consent.replaced_at is None]
    if asset.people == "some" and not current:
        yield Bar("consent_missing", _("There are people in “%(name)s”, and nobody’s consent is written down. Do so on its page in the media library.") % {"name": asset.name})
    for consent in current:
        words = {"name": asset.name, "who": consent.who}
        if consent.withdrawn_at:
            yield Bar("consent_withdrawn", _("%(who)s does not consent to “%(name)s” any more.") % words)
        elif consent.until and consent.until < today_of(asset):
            yield Bar("consent_expired", _("The consent of %(who)s to “%(name)s” ended on %(day)s.") % {**words, "day": _day(consent.until)})
        elif platform and consent.networks and platform not in consent.networks:
            yield Bar("consent_elsewhere", _("%(who)s did not consent to “%(name)s” on %(label)s.") % {**words, "label": get(platform).label})


def standing(consent: Consent, today: date) -> str:
    """current | withdrawn | expired."""
    if consent.withdrawn_at:
        return "withdrawn"
    return "expired" if consent.until and consent.until < today else "current"


def barred(assets: QuerySet[Asset], library_id: int) -> QuerySet[Asset]:
    """Those of one library's `assets` that may be shown nowhere today."""
    found = RawSQL(  # noqa: S611 # no outside text in it
        "SELECT asset.id FROM media_library_asset AS asset JOIN libraries_library AS library ON library.id = asset.library_id "
        f"WHERE asset.library_id = %s AND {BARRED.format(platform='NULL::text')}",
        [library_id],
    )
    return assets.filter(pk__in=found)


def _day(day: date) -> str:
    return dateformat.format(day, pgettext("day of another year", "j F Y"))
