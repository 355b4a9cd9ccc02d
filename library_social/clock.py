"""Start the clock: `python -m library_social.clock`. Needs the broker's address and nothing else."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading

from library_social import config
from scheduler import clock


def main() -> None:
    """Ring until SIGTERM or Ctrl-C. With --message, print the ring's message and end."""
    if sys.argv[1:] == ["--message"]:
        print(json.dumps(clock.message_from_celery()))
        return
    settings = config.load()
    logging.basicConfig(level=settings.log_level, format="{asctime} {levelname:<7} {name} - {message}", style="{")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # In a process of its own, so that Celery's 40 MB end with it.
    made = subprocess.run([sys.executable, "-m", __spec__.name, "--message"], stdout=subprocess.PIPE, check=True)
    clock.run(clock.BrokerBell(settings.redis_url, json.loads(made.stdout)), stop)


if __name__ == "__main__":
    main()
