"""Make .venv and install the pinned requirements, once; later calls see that nothing changed and return at once.

    python3 bin/install.py requirements.txt

Run by bin/serve and bin/test with any Python from 3.11 on. Standard library only.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.9"  # installs in a fifth of pip's time; pip is the fallback


def main(names: list[str]) -> int:
    """Install the named requirement files. 0 when they are there; else 1, and the reason on the standard error."""
    lock = os.open(ROOT / ".venv.lock", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)  # bin/serve and bin/test may be called at the same moment
    stamp = VENV / ("installed-" + "-".join(Path(name).stem for name in names))
    wanted = fingerprint(names)
    if stamp.exists() and stamp.read_text() == wanted and runs(PYTHON):
        return 0
    try:
        make_venv()
        print("Installing the packages …", flush=True)
        install(names)
    except subprocess.CalledProcessError as problem:
        print(explain(problem), file=sys.stderr)
        return 1
    stamp.write_text(wanted)
    return 0


def fingerprint(names: list[str]) -> str:
    """Changes when the requirements, the interpreter or the folder change."""
    text = "".join((ROOT / name).read_text() for name in ["requirements.txt", *names])
    return hashlib.sha256(f"{text}\0{sys.version}\0{VENV}".encode()).hexdigest()


def runs(python: Path) -> bool:
    """Whether this interpreter exists, starts and is of our own minor version."""
    major, minor = sys.version_info[:2]
    code = f"import sys; sys.exit(sys.version_info[:2] != ({major}, {minor}))"
    try:
        return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    pip_works = [PYTHON, "-m", "pip", "--version"]
    if runs(PYTHON) and subprocess.run(pip_works, capture_output=True, check=False).returncode == 0:
        return
    print("Making .venv …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True, capture_output=True, text=True)


def install(names: list[str]) -> None:
    """By uv where it can be had, else by pip. Raises CalledProcessError with pip's own words."""
    files = [word for name in names for word in ("-r", str(ROOT / name))]
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check"]
    options, environment = index_options(pip)
    got_uv = subprocess.run([*pip, "install", "--quiet", UV], capture_output=True, text=True, check=False)
    if got_uv.returncode == 0:
        uv = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON]
        done = subprocess.run([*uv, *options, *files], env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
    subprocess.run([*pip, "install", "--quiet", *files], check=True, capture_output=True, text=True)


def index_options(pip: list[object]) -> tuple[list[str], dict[str, str]]:
    """pip's idea of where packages come from, in uv's words: uv reads nothing of pip's configuration."""
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False).stdout
    known: dict[str, str] = {}
    for section in ("global", "install", ":env:"):  # the later one wins, as with pip
        for name, value in re.findall(rf"^{section}\.([a-z-]+)=(.*)$", listed, re.MULTILINE):
            known[name] = str(ast.literal_eval(value))
    options = ["--index-strategy", "unsafe-best-match"]  # all indexes are equal, as with pip
    if url := known.get("index-url"):
        options += ["--default-index", url]
    for name, option in (
        ("extra-index-url", "--index"), ("find-links", "--find-links"), ("constraint", "--constraint"),
        ("trusted-host", "--allow-insecure-host"),
    ):  # fmt: skip
        options += [word for value in known.get(name, "").split() for word in (option, value)]
    if known.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        options.append("--no-index")
    environment = dict(os.environ)
    environment.pop("VIRTUAL_ENV", None)
    if cert := known.get("cert"):
        environment.setdefault("SSL_CERT_FILE", cert)
    if proxy := known.get("proxy"):
        environment.setdefault("HTTPS_PROXY", proxy)
    if not writable_home():
        environment.setdefault("UV_CACHE_DIR", tempfile.mkdtemp(prefix="uv-cache-"))
    return options, environment


def writable_home() -> bool:
    home = Path(os.environ.get("HOME") or "/nonexistent")
    return os.access(home, os.W_OK)


def explain(problem: subprocess.CalledProcessError) -> str:
    """What went wrong, in the tool's own words and ours."""
    said = "\n".join(filter(None, (problem.stderr, problem.stdout))).strip()
    if "venv" in map(str, problem.cmd):
        return f"{said}\n\nPython's venv module does not work here. On Debian and Ubuntu it is the package python3-venv."
    return f"{said}\n\nThe packages could not be installed. Is the package index that pip is set to within reach?"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["requirements.txt"]))
