"""Reading single values of the environment, and remembering everything that was wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


class BadConfiguration(ValueError):
    """One or more settings cannot be used; `problems` has a line for each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("This configuration cannot be used:\n" + "\n".join(f"  - {line}" for line in problems))


class Reader:
    """Reads values one by one and remembers what was wrong with each."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, "").strip() or default

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            self.problems.append(f"{name} is “{value}”; it must be one of {', '.join(x or '(empty)' for x in allowed)}.")
            return default
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            self.problems.append(f"{name} is “{value}”; it must be a whole number from {low} to {high}.")
            return default
        return int(value)

    def switch(self, name: str, default: bool = False) -> bool:
        return self.choice(name, "yes" if default else "no", ("yes", "no")) == "yes"

    def url(self, name: str, default: str = "") -> str:
        value = self.text(name, default).rstrip("/")
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            self.problems.append(f"{name} is “{value}”; it must be an address such as https://social.example.org.")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word for word in self.text(name).replace(",", " ").split() if word)

    def insist(self, *names: str) -> None:
        """Note each of these that production lacks."""
        self.problems += [
            f"{name} is missing; production does not start without it." for name in names if not self.text(name)
        ]
