"""`python -m sandbox --port N --dir DIR --secret S`: the practice networks on loopback."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
from pathlib import Path

from .server import run


async def _until_told(port: int, folder: Path, secret: str) -> None:
    task = asyncio.ensure_future(run(port=port, folder=folder, secret=secret))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8900, help="port on 127.0.0.1; 0 takes any that is free")
    parser.add_argument("--dir", type=Path, required=True, help="folder for the journal and the pictures")
    parser.add_argument("--secret", default=os.environ.get("SANDBOX_SECRET", ""), help="key of the control doors")
    options = parser.parse_args()
    if not options.secret:
        parser.error("a --secret (or SANDBOX_SECRET) is needed: it guards the control doors")
    asyncio.run(_until_told(options.port, options.dir, options.secret))


if __name__ == "__main__":
    main()
