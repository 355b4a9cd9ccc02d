"""A network that never answers holds a few threads of its own and nobody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable

from scheduler import collecting, draining, lanes, looking, tasks
from scheduler.kinds import DELIVERY, KINDS
from scheduler.presence import slots
from tests.flows.engine import NETWORKS, Engine, fresh


def held_up(kind: str, name: str, most: int) -> list[object]:
    """All threads that may do this for one network are taken."""
    taken = [slots.take(f"{kind}:{name}", most) for _ in range(most)]
    assert all(slot.__enter__() for slot in taken)
    return taken


def all_lanes_held(network: str) -> Callable[[], None]:
    """Every lane of one network hears no answer until the function that is returned is called."""
    of = lanes.lanes_for(f"delivery:{network}", draining.most_lanes(DELIVERY))
    answered = threading.Event()
    for _ in range(of.most):
        of.start(answered.wait, 60)
    return answered.set


def drain(network: str) -> int:
    """Hand out, and wait until the lanes that can finish have done so."""
    done = draining.drain(DELIVERY, network)
    assert lanes.lanes_for(f"delivery:{network}", 1).finish(30)
    return done


def test_sending_looking_and_listening_go_on_elsewhere(engine: Engine, monkeypatch: object) -> None:
    monkeypatch.setattr(draining, "PATIENCE_S", 0.05)
    slow, quick = engine.account("facebook"), engine.account("twitter")
    waits, goes = engine.schedule(slow, quick, body="Lantern walk at dusk.")
    answer = all_lanes_held("facebook")
    taken = held_up("look:delivery", "facebook", looking.slots_for_looks(DELIVERY))
    taken += held_up("collect", "facebook", collecting.SLOTS)
    engine.practice.fault("twitter", "after", how="reset")
    assert draining.drain(DELIVERY, "facebook") == 0 and drain("twitter") == 1
    assert fresh(goes).state == "unconfirmed" and fresh(waits).state == "scheduled"
    engine.later(2)
    assert looking.look_all(DELIVERY, "facebook") == 0 and looking.look_all(DELIVERY, "twitter") == 1
    assert fresh(goes).state == "sent"
    engine.later(10)
    assert collecting.collect() == 1
    for slot in taken:
        slot.__exit__(None, None, None)
    answer()
    assert drain("facebook") == 1 and fresh(waits).state == "sent"


def test_three_networks_that_never_answer_do_not_hold_up_the_fourth(engine: Engine, monkeypatch: object) -> None:
    monkeypatch.setattr(draining, "PATIENCE_S", 0.05)
    accounts = {network: engine.account(network) for network in NETWORKS}
    deliveries = engine.schedule(*accounts.values(), body="A reading under the chestnut.")
    answers = [all_lanes_held(network) for network in NETWORKS[:3]]
    assert [draining.drain(DELIVERY, network) for network in NETWORKS[:3]] == [0, 0, 0] and drain(NETWORKS[3]) == 1
    assert [fresh(row).state for row in deliveries] == ["scheduled"] * 3 + ["sent"]
    for answer in answers:
        answer()
    assert [drain(network) for network in NETWORKS[:3]] == [1, 1, 1]
    assert [fresh(row).state for row in deliveries] == ["sent"] * 4


def test_looks_at_every_network_at_once_leave_threads_for_the_rest(settings: object) -> None:
    settings.WORKER_THREADS = 64
    asked = sum(looking.slots_for_looks(kind) for kind in KINDS.values()) + collecting.SLOTS
    assert len(NETWORKS) * asked <= 64 - 8
    assert len(KINDS) * len(NETWORKS) <= tasks.LEADERS  # handing out has lanes of its own and holds no thread of Celery
