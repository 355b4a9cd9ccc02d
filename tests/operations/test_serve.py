"""The whole product, started as bin/serve starts it, in a folder with a space: it answers, heals, and leaves nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from library_social.place import Place

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = ("DATABASE_URL", "REDIS_URL", "LIBRARY_SOCIAL_ENV", "SECRET_KEY", "TOKEN_KEYS", "SANDBOX_KEY", "PUBLIC_URL",
        "SANDBOX_URL", "PORT", "HOST", "DJANGO_SETTINGS_MODULE")  # fmt: skip


def environment(var: Path, **more: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in OURS} | {"VAR_DIR": str(var), **more}


def start(var: Path, **more: str) -> subprocess.Popen[bytes]:
    var.mkdir(mode=0o700)
    with (var.parent / "said").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "library_social.supervise"], cwd=ROOT, env=environment(var, **more),
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip


def welcome(var: Path, process: subprocess.Popen[bytes]) -> str:
    """Everything it said until it was ready."""
    said = var.parent / "said"
    eventually(lambda: "Stop: Ctrl-C" in said.read_text() or process.poll() is not None, "it is ready", 120)
    assert process.poll() is None, said.read_text()
    return said.read_text()


def eventually(true: Callable[[], bool], what: str, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.1)


def processes_of(var: Path) -> dict[int, str]:
    """Every process whose environment names this data folder, or whose title does: servers write over theirs."""
    found, names = {}, (str(var), str(Place(var).run))
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            inherited = f"VAR_DIR={var}\0".encode() in (process / "environ").read_bytes() + b"\0"
            if inherited or any(name in command for name in names):
                found[int(process.name)] = command
        except OSError:
            continue
    return found


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except OSError:
        return 0


@pytest.fixture
def served(tmp_path):
    var = tmp_path / "a shelf"
    process = start(var)
    yield var, process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(90)


def test_it_serves_refuses_a_second_start_heals_and_leaves_nothing(served):
    var, process = served
    said = welcome(var, process)
    address = re.search(r"is ready: (\S+)", said)[1]
    assert status(address + "/sign-in/") == 200
    assert [role for role in ("staff", "manager", "admin") if re.search(rf"^  {role} .*@.* \S+-\S+", said, re.MULTILINE)] == [
        "staff", "manager", "admin",
    ]  # fmt: skip
    assert status(re.search(r"practice networks: (\S+)", said)[1]) == 200
    for secret in ("secrets", "sign-ins.json"):
        assert stat.S_IMODE((var / secret).stat().st_mode) == 0o600

    second = subprocess.run(
        [sys.executable, "-m", "library_social.supervise"], cwd=ROOT, env=environment(var), capture_output=True,
        text=True, check=False, timeout=30,
    )  # fmt: skip
    assert second.returncode == 1
    assert f"are in use: process {process.pid}, serving {address}" in second.stderr

    key = next(line.split("=", 1)[1] for line in (var / "secrets").read_text().splitlines() if "SANDBOX_KEY" in line)
    assert not [command for command in processes_of(var).values() if key in command], "a secret is in a command line"

    for name in ("granian", "celery", "library_social.clock", "postgres -D", "valkey-server", "-m sandbox"):
        (victim, *_rest) = sorted(number for number, command in processes_of(var).items() if name in command)
        os.kill(victim, signal.SIGKILL)
        eventually(
            lambda name=name, victim=victim: any(
                name in command for number, command in processes_of(var).items() if number != victim
            ),
            f"{name} comes back",
        )
    eventually(lambda: status(address + "/sign-in/") == 200, "the page answers again")

    os.killpg(process.pid, signal.SIGINT)  # as a terminal's Ctrl-C does
    assert process.wait(90) == 0
    assert processes_of(var) == {}
    assert json.loads((var / "ports.json").read_text())["web"] == int(address.rsplit(":", 1)[1])


def test_a_supervisor_killed_outright_takes_everything_with_it(served):
    var, process = served
    welcome(var, process)
    process.kill()
    process.wait()
    eventually(lambda: processes_of(var) == {}, "every process of it is gone")


def test_a_mistake_in_the_configuration_is_told_without_a_traceback(tmp_path):
    wrong = subprocess.run(
        [sys.executable, "-m", "library_social.supervise"], cwd=ROOT, env=environment(tmp_path, WORKERS="many"),
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert wrong.returncode == 1
    assert "WORKERS is “many”" in wrong.stderr
    assert "Traceback" not in wrong.stderr
