"""A network that never answers holds a few threads of its own and nobody else's."""

from __future__ import annotations

from scheduler import collecting, looking, publishing
from scheduler.kinds import DELIVERY, KINDS
from scheduler.presence import slots
from tests.flows.engine import Engine, fresh


def held_up(kind: str, name: str, most: int) -> list[object]:
    """All threads that may do this for one network are taken."""
    taken = [slots.take(f"{kind}:{name}", most) for _ in range(most)]
    assert all(slot.__enter__() for slot in taken)
    return taken


def test_sending_looking_and_listening_go_on_elsewhere(engine: Engine) -> None:
    slow, quick = engine.account("facebook"), engine.account("twitter")
    waits, goes = engine.schedule(slow, quick, body="Lantern walk at dusk.")
    taken = held_up("delivery", "facebook", publishing.slots_for(DELIVERY))
    taken += held_up("look:delivery", "facebook", looking.slots_for_looks(DELIVERY))
    taken += held_up("collect", "facebook", collecting.SLOTS)
    engine.practice.fault("twitter", "after", how="reset")
    assert publishing.drain(DELIVERY, "facebook") == 0 and publishing.drain(DELIVERY, "twitter") == 1
    assert fresh(goes).state == "unconfirmed" and fresh(waits).state == "scheduled"
    engine.later(2)
    assert looking.look_all(DELIVERY, "facebook") == 0 and looking.look_all(DELIVERY, "twitter") == 1
    assert fresh(goes).state == "sent"
    engine.later(10)
    assert collecting.collect() == 1
    for slot in taken:
        slot.__exit__(None, None, None)
    assert publishing.drain(DELIVERY, "facebook") == 1 and fresh(waits).state == "sent"


def test_two_networks_that_never_answer_leave_threads_for_the_others(settings: object) -> None:
    settings.WORKER_THREADS = 64
    one = sum(publishing.slots_for(kind) + looking.slots_for_looks(kind) for kind in KINDS.values()) + collecting.SLOTS
    assert 2 * one <= 64 - 8
