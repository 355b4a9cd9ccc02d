"""Everything is killed while the networks lie, and then the judge is asked: nothing twice, nothing forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from library_social.config import BASE_DIR

pytestmark = pytest.mark.chaos
OURS = ("DATABASE_URL", "REDIS_URL", "VAR_DIR", "SANDBOX_KEY", "SECRET_KEY", "TOKEN_KEYS", "PUBLIC_URL", "SANDBOX_URL")


def storm(*arguments: str) -> dict[str, Any]:
    """One run of the chaos in a process and a data folder of its own. Its one line of JSON."""
    clean = {
        key: value for key, value in os.environ.items()
        if key not in OURS and not key.startswith(("LIBRARY_SOCIAL_", "DJANGO_", "PYTEST_"))
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.proof.chaos", *arguments], cwd=BASE_DIR, env=clean, capture_output=True, text=True,
        timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_killed_at_random_nothing_is_twice_and_nothing_is_lost() -> None:
    figures = storm("--deliveries", "40", "--kills", "4", "--workers", "2", "--seed", "7")
    assert figures["deliveries"] == 40 and figures["kills"] >= 1, figures
    assert figures["twice"] == 0 and figures["never"] == 0, figures
    told = figures["booked_and_attention"] + figures["absent_and_attention"]
    assert figures["booked_and_known"] + told == 40, figures
    assert figures["lies"] > 0, figures  # the networks really lied


def test_a_network_that_never_answers_holds_up_no_other() -> None:
    figures = storm("--black-hole", "facebook", "--deliveries", "40", "--workers", "2")
    assert figures["others_left"] == 0, figures
    assert set(figures["lag_p99_s"]) == {"instagram", "linkedin", "twitter"}, figures
