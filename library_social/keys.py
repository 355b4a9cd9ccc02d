"""Secrets: given in the environment, or made on the first start and kept in VAR_DIR/secrets, mode 600."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from library_social.reading import Reader


def make_fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


MAKERS: Mapping[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "TOKEN_KEYS": make_fernet_key,
    "SANDBOX_KEY": lambda: secrets.token_urlsafe(24),
}


def kept_secrets(reader: Reader, path: Path, *, make: bool) -> dict[str, Any]:
    """Each secret from the environment, else from the file, else (where `make`) new and kept."""
    kept = read_secrets(path) if make else {}
    values = {name: reader.text(name) or kept.get(name, "") for name in MAKERS}
    missing = [name for name, value in values.items() if not value]
    if make and missing:
        values |= {name: MAKERS[name]() for name in missing}
        write_secrets(path, kept | {name: values[name] for name in missing})
    elif missing:
        # The sandbox has no place in production unless its address is given.
        needed = [name for name in missing if name != "SANDBOX_KEY" or reader.text("SANDBOX_URL")]
        reader.insist(*needed)
    keys = tuple(values["TOKEN_KEYS"].replace(",", " ").split())
    _check(reader, values["SECRET_KEY"], keys)
    return {"secret_key": values["SECRET_KEY"], "token_keys": keys, "sandbox_key": values["SANDBOX_KEY"]}


def _check(reader: Reader, secret_key: str, keys: tuple[str, ...]) -> None:
    if secret_key and len(secret_key) < 32:
        reader.problems.append("SECRET_KEY is shorter than 32 characters.")
    for number, key in enumerate(keys, 1):
        try:
            good = len(base64.urlsafe_b64decode(key)) == 32
        except ValueError:
            good = False
        if not good:
            reader.problems.append(f"Key {number} of TOKEN_KEYS is not 32 bytes in URL-safe base64.")
    if secret_key and secret_key in keys:
        reader.problems.append("TOKEN_KEYS must not hold SECRET_KEY: who learns one must not have the other.")


def read_secrets(path: Path) -> dict[str, str]:
    """The kept secrets, NAME=value a line; {} where there are none yet."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def write_secrets(path: Path, values: Mapping[str, str]) -> None:
    """Write the whole file of secrets, NAME=value a line."""
    head = "# Made on the first start. Keep this file: without TOKEN_KEYS every account must be reconnected.\n"
    write_private(path, head + "".join(f"{name}={value}\n" for name, value in values.items()))


def write_private(path: Path, text: str) -> None:
    """Write a file, mode 600 from its first byte, and in one step, so that a crash leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
