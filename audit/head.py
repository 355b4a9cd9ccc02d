"""The newest seal, kept outside the database: who cuts the end off the chain there cannot cut it off here.

The chain alone proves that nothing within it was changed or taken out. That its last links are gone shows only to
somebody who knows how far it reached, and that is this file.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from django.conf import settings

from audit.models import Seal
from audit.record import Head


class HeadUnreadable(RuntimeError):
    """The file is there and tells nothing. It is written in one step, so this is not how we leave it."""


def head_file() -> Path:
    """VAR_DIR/record-head.json: {"number": int, "digest": 64 hex digits}, mode 600."""
    return Path(settings.VAR_DIR) / "record-head.json"


def read_head() -> Head | None:
    """What is kept; None where nothing is yet, as after a fresh restore. Raises HeadUnreadable."""
    try:
        kept = json.loads(head_file().read_text())
        return Head(int(kept["number"]), str(kept["digest"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HeadUnreadable(type(error).__name__) from error


def write_head(head: Head) -> None:
    """Put the file in place in one step, readable by its owner alone. Raises OSError."""
    path = head_file()
    number, fresh = tempfile.mkstemp(prefix=".record-head-", dir=path.parent)  # mode 600 from its first byte
    try:
        with os.fdopen(number, "w") as file:
            json.dump({"number": head.number, "digest": head.digest}, file)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    except OSError:
        Path(fresh).unlink(missing_ok=True)
        raise


def move_on() -> bool:
    """Let the file name the newest seal. False, and the file stays as it is, where the chain does not hold its seal.

    Otherwise a chain that was cut would be covered up by the next seal. Two sealers at once may leave the older of two
    seals; the next round mends that. Raises HeadUnreadable and OSError.
    """
    head = read_head()
    if head and not Seal.objects.filter(number=head.number, digest=head.digest).exists():
        return False
    last = Seal.objects.order_by("-number").values_list("number", "digest").first()
    if last and (head is None or last[0] > head.number):
        write_head(Head(*last))
    return True
