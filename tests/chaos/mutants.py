"""Break the engine in one line at a time and see which test notices first. A suite no mutant can redden is decoration.

Works in a copy of the tree. The unmutated suites run first and must be green in the same call; a mutant whose line is
not there (any more), or is there twice, is an error.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "tests" / "chaos" / "mutants.toml"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "node_modules", "__pycache__", ".hypothesis", ".pytest_cache", ".ruff_cache", "staticfiles"
)
FIRST_FAILURE = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
PATIENCE_S = 900


@dataclass(frozen=True)
class Mutant:
    name: str
    why: str
    file: str
    old: str
    new: str
    suite: str
    belt: bool = False

    def problem(self, root: Path) -> str:
        """Why it cannot be applied to the tree at `root`; "" where it can."""
        text = (root / self.file).read_text(encoding="utf-8")
        found = text.count(self.old)
        return "" if found == 1 else f"its line stands {found} times in {self.file}"


def load(names: list[str]) -> list[Mutant]:
    """The mutants of the list, or those named. Raises SystemExit for a name that is not in it."""
    known = [Mutant(**row) for row in tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"]]
    unknown = set(names) - {mutant.name for mutant in known}
    if unknown:
        raise SystemExit(f"There is no mutant called {', '.join(sorted(unknown))}.")
    return [mutant for mutant in known if not names or mutant.name in names]


class Bench:
    """A copy of the tree in which suites run."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tree"
        shutil.copytree(ROOT, self.root, ignore=LEFT_OUT)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LIBRARY_SOCIAL_", "DJANGO_"))}
        self.environment = {**kept, "VAR_DIR": str(folder / "var"), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, suite: str) -> tuple[bool, str]:
        """Whether the suite is green, and else its first failing test (or what was printed last)."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--durations=0", *shlex.split(suite)]
        try:
            done = subprocess.run(
                command, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False, f"no end within {PATIENCE_S} s"
        if done.returncode == 0:
            return True, ""
        failed = FIRST_FAILURE.search(done.stdout)
        if done.returncode != 1 and not failed:
            return False, "pytest itself: " + (done.stdout + done.stderr).strip()[-400:]
        return False, failed.group(1) if failed else done.stdout.strip()[-400:]

    def try_out(self, mutant: Mutant) -> tuple[bool, str, float]:
        """Whether the mutant lived, what killed it, and after how many seconds."""
        path = self.root / mutant.file
        healthy = path.read_text(encoding="utf-8")
        path.write_text(healthy.replace(mutant.old, mutant.new), encoding="utf-8")
        began = time.monotonic()
        try:
            green, first = self.run(mutant.suite)
        finally:
            path.write_text(healthy, encoding="utf-8")
        return green, first, time.monotonic() - began


def say(words: str) -> None:
    print(words, flush=True)


def healthy_suites(bench: Bench, mutants: list[Mutant]) -> bool:
    """Run every suite once on the unmutated tree."""
    for suite in dict.fromkeys(mutant.suite for mutant in mutants):
        began = time.monotonic()
        green, first = bench.run(suite)
        say(f"unmutated  {suite}: {'green' if green else f'RED at {first}'} in {time.monotonic() - began:.0f} s")
        if not green:
            return False
    return True


def main(names: list[str]) -> int:
    """0 where every mutant died (or is a belt), 1 where one survived, 2 where the run itself means nothing."""
    mutants = load(names)
    broken = {mutant.name: problem for mutant in mutants if (problem := mutant.problem(ROOT))}
    for name, problem in broken.items():
        say(f"error      {name}: {problem}")
    if broken:
        return 2
    survived = 0
    with tempfile.TemporaryDirectory(prefix="ls-mutants-") as folder:
        bench = Bench(Path(folder))
        if not healthy_suites(bench, mutants):
            return 2
        for mutant in mutants:
            lived, first, seconds = bench.try_out(mutant)
            if first.startswith("pytest itself"):
                say(f"error      {mutant.name}: {first}")
                return 2
            survived += lived and not mutant.belt
            word = "killed    " if not lived else "belt      " if mutant.belt else "SURVIVED  "
            say(f"{word} {mutant.name}: {f'by {first} ' if first else ''}in {seconds:.0f} s")
    say(f"{len(mutants)} mutants, {survived} survived.")
    return 1 if survived else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tests/mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these mutants")
    sys.exit(main(parser.parse_args().names))
