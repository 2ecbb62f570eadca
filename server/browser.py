"""The Chromium that the browser tests drive: found, else installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from server.console import CannotStart, say

ON_PATH = ("chromium", "chromium-browser", "google-chrome")
DOWNLOADED = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")


def ready() -> str:
    """Where it is, installed if it is nowhere, with the library that its driver needs."""
    found = chromium() or installed()
    if found and (driver_runs() or (apt_get("libatomic1") and driver_runs())):
        return found
    raise CannotStart(
        "The browser tests need Chromium. As root: apt-get install chromium libatomic1 "
        "(or name one you have: HEARD_CHROMIUM=/path/to/chromium)."
    )


def chromium() -> str | None:
    """HEARD_CHROMIUM, else one on PATH, else what Playwright has downloaded."""
    if chosen := os.environ.get("HEARD_CHROMIUM"):
        return shutil.which(chosen)
    return next(filter(None, map(shutil.which, ON_PATH)), None) or downloaded()


def downloaded() -> str | None:
    kept = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright").expanduser()
    browsers = sorted(str(path) for pattern in DOWNLOADED for path in kept.glob(pattern))
    return browsers[-1] if browsers else None


def installed() -> str | None:
    say("Chromium is not on this machine; installing it …")
    if not apt_get("chromium", "libatomic1"):
        run(sys.executable, "-m", "playwright", "install", "chromium")
    return chromium()


def apt_get(*packages: str) -> bool:
    if os.geteuid() or not shutil.which("apt-get"):
        return False
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)
    return run(*install) or (run("apt-get", "update", "-qq") and run(*install))


def driver_runs() -> bool:
    """Playwright's own node needs libatomic, which not every Chromium brings along."""
    return run(sys.executable, "-m", "playwright", "--version", quiet=True)


def run(*command: str, quiet: bool = False) -> bool:
    silence = subprocess.DEVNULL if quiet else None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, stdout=silence, stderr=silence, env=environment, check=False)
    return done.returncode == 0
