"""A picture of every screen for docs/screens, taken of a real server with made-up orders.

`make screens` runs it. It starts a Heard of its own in a temporary directory, so that nothing of
yours is shown, and needs Chromium like the browser tests do.
"""

import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx2
from playwright.sync_api import Browser, Page, sync_playwright

from server import browser
from server.seed import LOGINS
from server.settings import ROOT
from server.simulation import invented

PICTURES: Final = ROOT / "docs" / "screens"
SIZES: Final = {"390": (390, 844), "1280": (1280, 800), "1920": (1920, 1080)}
SCHEMES: Final = ("light", "dark")
OFFICE: Final = tuple("resolution people changes devices account settings outbox docs".split())
ORDERS: Final = 120
READY_SECONDS: Final = 60.0
KEPT_MILLISECONDS: Final = 3_000  # a board is written down once the page is quiet


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as var, heard(Path(var)) as url:
        fill(url, key(Path(var)))
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser.ready())
            for scheme in SCHEMES:
                for name, size in SIZES.items():
                    walk(chromium, url, f"{name}-{scheme}", size, scheme)
            chromium.close()


def walk(chromium: Browser, url: str, name: str, size: tuple[int, int], scheme: str) -> None:
    """One person's way through the screens; the small and the wall size see the board only."""
    context = chromium.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto("/login")
    if size == SIZES["1280"]:
        take(page, f"login-{name}")
    sign_in(page)
    take(page, f"board-{name}")
    if size == SIZES["390"]:
        phone(page, name)
    if size == SIZES["1280"]:
        board_and_more(page, name)
    context.close()


def phone(page: Page, name: str) -> None:
    """What fits a hand: an order, a flag, the queue of problems; and what its customer sees."""
    page.locator(".row__code").first.click()
    take(page, f"order-{name}")
    ref = page.url.rpartition("/")[2]
    page.goto("/resolution")
    take(page, f"resolution-{name}")
    page.goto("/board")
    page.locator(".row__more").first.click()
    page.get_by_role("menuitem", name="flag").click()
    page.locator("#ask-flag").wait_for()
    page.screenshot(path=PICTURES / f"flag-{name}.png")
    page.goto(str(page.request.get(f"/api/v1/orders/{ref}/qr").json()["page"]))
    take(page, f"customer-{name}")
    page.goto("/pair")
    take(page, f"pair-{name}")


def board_and_more(page: Page, name: str) -> None:
    """What a desk sees besides: other places, the details, the mails, the API."""
    page.locator(".row__code").nth(2).click()
    take(page, f"details-{name}")
    page.keyboard.press("Escape")
    page.locator("#select").click()
    for number in range(3):
        page.locator(".row__pick").nth(number).check()
    take(page, f"selection-{name}")
    without_connection(page, name)
    page.goto("/board?location=2")
    take(page, f"kitchen-{name}")
    page.goto("/board?location=all")
    take(page, f"everywhere-{name}")
    for screen in OFFICE:
        page.goto(f"/{screen}")
        take(page, f"{screen}-{name}")


def without_connection(page: Page, name: str) -> None:
    """The same board after a reload without a network, with changes that wait to be sent."""
    page.goto("/board")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_timeout(KEPT_MILLISECONDS)
    page.context.set_offline(True)
    page.reload()
    page.get_by_text("Not live since").first.wait_for()
    for number in range(2):
        page.locator(".row__next:not(.row__undo):visible").nth(number).click()
        page.locator(".pill--waits").nth(number).wait_for()
    page.screenshot(path=PICTURES / f"offline-{name}.png")
    page.locator("#outbox-chip").click()
    page.screenshot(path=PICTURES / f"waiting-{name}.png")
    page.context.set_offline(False)


def take(page: Page, name: str) -> None:
    """Wait until the fonts and the lamp have settled, then take it."""
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready")
    lamp = page.get_by_text("Live", exact=True)
    if "/board" in page.url:
        lamp.first.wait_for()
    page.screenshot(path=PICTURES / f"{name}.png")


def sign_in(page: Page) -> None:
    """As the demo's admin."""
    page.get_by_label("E-mail").fill(LOGINS[0].email)
    page.get_by_label("Password", exact=True).fill(LOGINS[0].password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/board*")


def fill(url: str, bearer: str) -> None:
    """Orders in every place, some of them moved on."""
    random.seed(7)
    headers = {"Authorization": f"Bearer {bearer}"}
    with httpx2.Client(base_url=f"{url}/api/v1", headers=headers, timeout=15) as client:
        places = client.get("/locations").json()["locations"]
        for number, order in enumerate(invented.orders(places, ORDERS)):
            card = client.post("/orders", json=order).raise_for_status().json()
            steps = card["next"]
            if number % 3 == 0 and steps and not steps[0]["requires"]:
                to = {"to": steps[0]["to"]}
                client.post(f"/orders/{card['id']}/advance", json=to).raise_for_status()
            if number % 25 == 0:
                wrong = {"type": "missing_items", "text": "No fries in the bag"}
                client.post(f"/orders/{card['id']}/issues", json=wrong).raise_for_status()
            if number % 20 == 5:
                due = {"due_at": (datetime.now(UTC) + timedelta(hours=3)).isoformat()}
                client.patch(f"/orders/{card['id']}", json=due).raise_for_status()


@contextmanager
def heard(var: Path) -> Iterator[str]:
    """A server of our own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"VAR_DIR": str(var), "PORT": str(port), "HOST": "127.0.0.1"}
    process = subprocess.Popen([sys.executable, "-m", "server", "up"], cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait(url)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=15)


def wait(url: str) -> None:
    """Until it is ready."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{url}/readyz", timeout=5).status_code == httpx2.codes.OK:
                return
        except httpx2.TransportError:
            time.sleep(0.2)
    raise TimeoutError(f"{url} is not ready after {READY_SECONDS:.0f} s")


def key(var: Path) -> str:
    """An API key of that server."""
    command = [sys.executable, "-m", "server", "key", "--name", "Web shop"]
    environment = os.environ | {"VAR_DIR": str(var)}
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    return made.stdout.decode().strip()


if __name__ == "__main__":
    main()
