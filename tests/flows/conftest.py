"""The engine in step, for the tests of this folder that let posts really go out."""

from tests.flows.engine import engine, practice_process

__all__ = ["engine", "practice_process"]
