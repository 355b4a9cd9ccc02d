"""Really removing what was thrown away: rows first, files after, so that no row ever points at a file that is gone."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from libraries.models import Library
from media_library.models import Asset, Rendition

KEPT_FOR = timedelta(days=1)


def purge(library: Library) -> int:
    """Remove the library's pictures that were deleted more than a day ago and that nothing shows. Returns how many."""
    gone = Asset.objects.filter(library=library, deleted_at__lt=timezone.now() - KEPT_FOR)
    return sum(_remove(pk) for pk in gone.values_list("pk", flat=True))


def _remove(pk: int) -> bool:
    try:
        with transaction.atomic():
            asset = Asset.objects.select_for_update().filter(pk=pk).exclude(deleted_at=None).first()
            if asset is None:  # brought back in the meantime
                return False
            made = list(Rendition.objects.filter(asset=asset))
            Rendition.objects.filter(asset=asset).delete()
            asset.delete()
    except ProtectedError:  # a version was submitted with it after all; it stays, and says so on its page
        return False
    for file in [asset.file, *(rendition.file for rendition in made)]:
        file.storage.delete(file.name)
    return True
