"""What the first steps and the way out of practice must know about apps above us. They register; we never import them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from libraries.permissions import Actor


@dataclass(frozen=True)
class Step:
    """One of the first steps. `url` and `action` are where to do it and what the button says."""

    title: str
    text: str
    done: bool
    url: str = ""
    action: str = ""
    icon: str = "check"
    form: bool = False


@dataclass(frozen=True)
class Stay:
    """Something that does not come along into live, or that does: `key` for the record, the rest for people."""

    key: str
    count: int
    title: str
    text: str
    comes_along: bool = False


_steps: list[Callable[[Actor], list[Step]]] = []
_stays: list[Callable[[Actor], list[Stay]]] = []


def register(steps: Callable[[Actor], list[Step]], stays: Callable[[Actor], list[Stay]]) -> None:
    """Called once when the product starts. Idempotent."""
    if steps not in _steps:
        _steps.append(steps)
        _stays.append(stays)


def steps(actor: Actor) -> list[Step]:
    return [step for tell in _steps for step in tell(actor)]


def stays(actor: Actor) -> list[Stay]:
    return [stay for tell in _stays for stay in tell(actor)]
