"""The embedded servers: paths with spaces and long paths, a lock on the data, ports that are taken."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from library_social import ports, programs, services
from library_social.place import InUse, Place, ServiceFailed, hold


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path / ("a long name with spaces " * 4).strip())
    yield place
    services.stop(place)
    place.clear_run()


def test_both_servers_start_and_stop_under_a_long_path_with_spaces(place):
    started = services.start(place, services.PROGRAMS, durable=False)
    assert services.database_answers(place)
    assert services.broker_answers(place)
    assert len(os.fsencode(place.run / ".s.PGSQL.5432.lock")) < 108
    assert sorted(services.stop(place)) == ["postgres", "valkey"]
    assert all(process.wait(10) is not None for process in started.values())
    assert services.stop(place) == []


def test_a_server_left_behind_by_a_killed_parent_is_stopped_by_the_next_start(place):
    services.initialise_database(place)
    first = services.start(place, ["postgres"], durable=False)["postgres"]
    second = services.start(place, ["postgres"], durable=False)["postgres"]
    assert first.wait(10) is not None
    assert services.running_postmaster(place) not in (None, first.pid)
    assert second.poll() is None
    services.stop(place)
    second.wait(10)


def test_a_half_made_database_is_made_anew(place):
    place.make()
    place.database.mkdir()
    (place.database / "PG_VERSION").write_text("18\n")
    services.initialise_database(place)
    assert (place.database / "base").is_dir()


def test_a_server_that_cannot_start_says_why(place):
    services.initialise_database(place)
    (place.database / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ServiceFailed, match="no_such_setting"):
        services.start(place, ["postgres"], durable=False)


def test_short_plain_paths_keep_their_sockets_beside_their_data(tmp_path):
    assert Place(tmp_path).run == tmp_path / "run"


def test_addresses_given_from_outside_start_no_server(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/x")
    monkeypatch.delenv("REDIS_URL")
    assert services.wanted_here() == ["valkey"]


def test_the_data_are_held_by_one_process_and_its_name_is_told(tmp_path):
    place = Place(tmp_path)
    code = (
        "import sys; from pathlib import Path; from library_social.place import Place, hold;"
        "hold(Place(Path(sys.argv[1])), 'serving http://127.0.0.1:1'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InUse, match=rf"process {other.pid}, serving http://127.0.0.1:1"):
            hold(place, "trying")
        other.send_signal(signal.SIGKILL)
        other.wait()
    os.close(hold(place, "trying again"))


def test_a_port_asked_for_and_taken_is_refused_with_its_holder():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        with pytest.raises(ports.PortTaken, match=f"Port {port} is taken by process {os.getpid()}"):
            ports.exactly("127.0.0.1", str(port))
        assert ports.first_free("127.0.0.1", [port]) > port


@pytest.mark.parametrize("text", ["eighty", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(ServiceFailed, match="whole number"):
        ports.exactly("127.0.0.1", text)


def test_a_host_that_is_not_ours_is_refused():
    with pytest.raises(ServiceFailed, match="no address of this machine"):
        ports.is_free("203.0.113.7", 8000)


def test_a_child_ends_with_its_parent(tmp_path):
    """The parent is killed outright; the kernel tells the child."""
    parent_code = (
        "import subprocess, sys, time; child = subprocess.Popen(sys.argv[1:]); print(child.pid, flush=True); time.sleep(60)"
    )
    command = programs.bound("TERM", [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"])
    read, write = os.pipe()
    with subprocess.Popen([sys.executable, "-c", parent_code, *command], stdout=write, text=True) as parent:
        os.close(write)
        with os.fdopen(read) as said:
            words = {said.readline().strip(), said.readline().strip()}
            assert "up" in words
            parent.kill()
            assert said.read() == ""  # the pipe closes when the child, too, is gone
