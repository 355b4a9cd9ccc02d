"""The processes of one installation, and the supervisor's file that keeps each of them alive."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from library_social import services
from library_social.config import BASE_DIR, Config
from library_social.place import Place

SERVERS, PRODUCT = "servers", "product"


@dataclass(frozen=True)
class Program:
    """One entry of the supervisor's file. `at_once`: started before the database is migrated."""

    name: str
    command: Sequence[str]
    stop_signal: str = "TERM"
    at_once: bool = False
    copies: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)
    grace_s: int = 10


def bound(stop_signal: str, command: Sequence[str]) -> list[str]:
    """The command, made to end with the process that starts it."""
    return [sys.executable, "-S", "-E", str(Path(__file__).with_name("child.py")), stop_signal, *command]


def postgres(place: Place) -> Program:
    words = services.unprivileged()
    command = services.postgres_command(place)[len(words) :]
    # Changing the account clears the parent-death signal, so it is asked for afterwards. INT is the fast shutdown:
    # TERM would wait for every session to leave.
    return Program("postgres", [*words, *bound("INT", command)], stop_signal="INT", at_once=True, grace_s=20)


def python(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]


def web(config: Config, host: str, port: int) -> Program:
    command = python(
        "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1",
        "--blocking-threads", str(config.web_threads), "--runtime-mode", "st", "--respawn-failed-workers",
        "--workers-kill-timeout", "8", "--log-level", "error", "library_social.wsgi:application",
    )  # fmt: skip
    return Program("web", bound("TERM", command), environment={"PROCESS_ROLE": "web"}, grace_s=12)


def worker(config: Config) -> Program:
    # The checks ran before anything was started; here they would double the time until a worker can send.
    command = python(
        "celery", "--app", "library_social", "--skip-checks", "worker", "--pool", "threads",
        "--concurrency", str(config.worker_threads), "--queues", "publish,collect,slow", "--loglevel", "INFO",
        "--hostname", "worker%(process_num)d@%%h", "--without-gossip", "--without-mingle", "--without-heartbeat",
    )  # fmt: skip
    # A worker that does not finish in time is killed: every delivery survives that, and the next start looks.
    return Program("worker", bound("TERM", command), copies=config.workers, environment={"PROCESS_ROLE": "worker"})


def all_of(config: Config, place: Place, host: str, port: int, sandbox_port: int | None) -> list[Program]:
    """Everything that runs here, in the order it is started."""
    wanted = services.wanted_here()
    programs = []
    if "postgres" in wanted:
        programs.append(postgres(place))
    if "valkey" in wanted:
        programs.append(Program("valkey", bound("TERM", services.valkey_command(place)), at_once=True))
    if sandbox_port is not None:
        command = python("sandbox", "--port", str(sandbox_port), "--dir", str(place.var / "sandbox"))
        # The key goes by the environment: command lines are read by everybody on the machine.
        key = {"SANDBOX_SECRET": config.sandbox_key}
        programs.append(Program("sandbox", bound("TERM", command), at_once=True, environment=key))
    programs += [
        web(config, host, port),
        worker(config),
        Program("clock", bound("TERM", python("library_social.clock"))),
    ]
    return programs


def _entry(program: Program, place: Place) -> str:
    several = program.copies > 1
    name = "%(program_name)s%(process_num)d" if several else "%(program_name)s"
    # Only the worker's own command may use the supervisor's % signs; every other % is meant literally.
    words = [word if "%(process_num)d" in word else word.replace("%", "%%") for word in program.command]
    pairs = ",".join(f'{key}="{value.replace("%", "%%")}"' for key, value in program.environment.items())
    log = str(place.log / program.name).replace("%", "%%") + ("%(process_num)d" if several else "") + ".log"
    return "\n".join(
        [
            f"[program:{program.name}]",
            f"command = {shlex.join(words)}",
            f"process_name = {name}",
            f"numprocs = {program.copies}",
            f"directory = {str(BASE_DIR).replace('%', '%%')}",
            f"autostart = {str(program.at_once).lower()}",
            "autorestart = true",
            "startsecs = 1",
            "startretries = 1000",
            f"stopsignal = {program.stop_signal}",
            f"stopwaitsecs = {program.grace_s}",
            "stopasgroup = false",
            "killasgroup = true",
            f"environment = {pairs}" if pairs else "",
            f"stdout_logfile = {log}",
            "stdout_logfile_maxbytes = 5MB",
            "stdout_logfile_backups = 3",
            "redirect_stderr = true",
            "",
        ]
    )


def supervisor_file(programs: Sequence[Program], place: Place) -> str:
    """The text of supervisord.conf. Holds the sandbox's key, so it must be written with mode 600."""
    door = str(place.run / "supervisor.sock")
    head = f"""[supervisord]
nodaemon = true
silent = true
identifier = library-social
logfile = {str(place.log / "supervisor.log").replace("%", "%%")}
logfile_maxbytes = 2MB
logfile_backups = 2
pidfile = {place.run / "supervisor.pid"}
childlogdir = {str(place.log).replace("%", "%%")}
minfds = 256

[unix_http_server]
file = {door}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl = unix://{door}
"""
    return head + "\n" + "\n".join([*(_entry(program, place) for program in programs), *_groups(programs)])


def _groups(programs: Sequence[Program]) -> list[str]:
    """Two groups, because the supervisor stops one group at a time, at once within it: the servers go last."""
    groups = []
    for name, first, priority in ((SERVERS, True, 10), (PRODUCT, False, 100)):
        members = ",".join(program.name for program in programs if program.at_once == first)
        if members:
            groups.append(f"[group:{name}]\nprograms = {members}\npriority = {priority}\n")
    return groups
