"""The whole product as real processes in a folder of its own, each of which can be killed, frozen and started again.

Used by bin/bench and bin/chaos. Nothing here restarts a dead child by itself: the chaos does that, and counts.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

from library_social import ports, services
from library_social.config import BASE_DIR
from library_social.place import Place

HOST = "127.0.0.1"


class Stack:
    """PostgreSQL, Valkey, sandbox, web, clock and workers, in a fresh data folder.

    The environment of this process is set to match, so that Django here speaks to the same database.
    """

    def __init__(self, *, workers: int = 2, threads: int = 64, durable: bool = True) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="ls-proof-"))
        self.place, self.durable = Place(self.var), durable
        # Two runs at once begin their search in different places.
        self.web_port = ports.first_free(HOST, [10000 + os.getpid() * 2 % 20000])
        self.sandbox_port = ports.first_free(HOST, [self.web_port + 1])
        self.sandbox_url = f"http://{HOST}:{self.sandbox_port}"
        self.names = ["sandbox", "web", "clock", *[f"worker{n}" for n in range(workers)]]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.key = "proof-" + os.urandom(8).hex()
        os.environ.update(
            VAR_DIR=str(self.var), PORT=str(self.web_port), PUBLIC_URL=f"http://{HOST}:{self.web_port}",
            SANDBOX_URL=self.sandbox_url, SANDBOX_KEY=self.key, WORKERS=str(workers), WORKER_THREADS=str(threads),
            DJANGO_SETTINGS_MODULE="library_social.settings", LOG_LEVEL="WARNING", MALLOC_ARENA_MAX="2",
        )  # fmt: skip

    def command(self, name: str) -> list[str]:
        """The very command that bin/serve would have supervised."""
        from library_social import programs
        from library_social.config import load

        config = load()
        if name == "web":
            return list(programs.web(config, HOST, self.web_port).command)
        if name.startswith("worker"):
            number = name.removeprefix("worker")
            return [word.replace("%(process_num)d", number).replace("%%", "%") for word in programs.worker(config).command]
        if name == "clock":
            return programs.bound("TERM", programs.python("library_social.clock"))
        return programs.bound(
            "TERM", programs.python("sandbox", "--port", str(self.sandbox_port), "--dir", str(self.var / "sandbox"))
        )

    def start(self) -> Stack:
        """Everything, migrated; returns when the web and the sandbox answer."""
        self.start_servers()
        manage = [os.sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
        subprocess.run(manage, cwd=BASE_DIR, check=True, env=self.environment())
        for name in self.names:
            self.spawn(name)
        self.wait_for(lambda: self.answers(self.sandbox_url + "/"), "the sandbox")
        self.wait_for(lambda: self.answers(f"http://{HOST}:{self.web_port}/healthz"), "the web")
        return self

    def start_servers(self, names: tuple[str, ...] = services.PROGRAMS) -> None:
        self.processes |= services.start(self.place, names, durable=self.durable)

    def restart_server(self, name: str) -> None:
        """Start one embedded server again beside the other, after it was killed."""
        commands = {"postgres": services.postgres_command, "valkey": services.valkey_command}
        with (self.place.log / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                commands[name](self.place, durable=self.durable), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=services.clean_environment(), cwd="/", start_new_session=True,
            )  # fmt: skip
        services.wait_until_ready(self.place, {name: self.processes[name]})

    def environment(self, role: str = "other") -> dict[str, str]:
        return {**os.environ, "PROCESS_ROLE": role, "SANDBOX_SECRET": self.key}

    def spawn(self, name: str) -> None:
        (self.var / "log").mkdir(exist_ok=True)
        log = (self.var / "log" / f"{name}.log").open("ab")
        role = "worker" if name.startswith("worker") else "web" if name == "web" else "other"
        self.processes[name] = subprocess.Popen(
            self.command(name), cwd=BASE_DIR, env=self.environment(role), stdout=log, stderr=log
        )
        log.close()

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the process and every child of it; SIGKILL is waited for."""
        for pid in [*children(self.processes[name].pid), self.processes[name].pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        if how == signal.SIGKILL:
            self.processes[name].wait()

    def answers(self, url: str) -> bool:
        try:
            return requests.get(url, timeout=2).status_code < 500
        except requests.RequestException:
            return False

    def wait_for(self, ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Poll until ready. Raises TimeoutError with the last lines of the logs."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if ready():
                return
            time.sleep(0.05)
        tails = "\n".join(f"{p.name}: {p.read_text(errors='replace')[-1500:]}" for p in (self.var / "log").glob("*.log"))
        raise TimeoutError(f"{what} did not come up\n{tails}")

    # -- the sandbox's doors

    def door(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Ask a control door of the sandbox; retried while the sandbox itself is being restarted."""
        for _ in range(200):
            try:
                answer = requests.request(
                    method, self.sandbox_url + path, params=query, headers={"X-Sandbox-Key": self.key}, timeout=60,
                    json=body,
                )  # fmt: skip
                answer.raise_for_status()
                return answer.json() if answer.content else None
            except requests.ConnectionError:
                time.sleep(0.1)
        raise TimeoutError(f"the sandbox's door {path} did not answer")

    def stop(self, *, keep: bool = False) -> None:
        """End everything; the folder goes too unless `keep`."""
        for name in [*self.names]:
            if name in self.processes:
                with contextlib.suppress(ProcessLookupError):
                    self.kill(name, signal.SIGCONT)
                    self.kill(name)
        services.stop(self.place)
        if not keep:
            shutil.rmtree(self.var, ignore_errors=True)
            if not str(self.place.run).startswith(str(self.var)):
                shutil.rmtree(self.place.run, ignore_errors=True)


def children(pid: int) -> Iterator[int]:
    """All descendants of a process, deepest first."""
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from children(int(child))
            yield int(child)


def pss_mib(pid: int) -> float:
    """Proportional set size of one process in MiB; 0 where it is gone or not ours to see."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def cpu_s(pid: int) -> float:
    """User and system seconds of one process so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family(process: subprocess.Popen[bytes]) -> list[int]:
    return [process.pid, *children(process.pid)]


def print_json(figures: dict[str, Any]) -> None:
    print(json.dumps(figures), flush=True)
