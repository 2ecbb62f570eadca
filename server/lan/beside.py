"""How a running `up --lan` is reached: settings kept in a file, for whatever is typed beside it.

Only the standard library: the supervisor reads it.
"""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path

from server.environment import ROOT


def var() -> Path:
    """VAR_DIR, for those who run before the settings can be read."""
    return Path(os.environ.get("VAR_DIR") or ROOT / "var")


def file() -> Path:
    return var() / "lan" / "up.env"


def keep(settings: Mapping[str, str]) -> None:
    """A line for each."""
    file().write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


def read() -> dict[str, str]:
    """What was kept last; nothing where there is no file."""
    try:
        lines = file().read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def forget() -> None:
    """It no longer runs, or runs otherwise."""
    file().unlink(missing_ok=True)


def adopt() -> None:
    """Take its settings over, unless others are set or it does not run."""
    if running(var() / "up.lock"):
        for name, value in read().items():
            os.environ.setdefault(name, value)


def running(lock: Path) -> bool:
    """Whether an `up` holds this directory."""
    if not lock.exists():
        return False
    with lock.open() as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
