"""Many followers in one Chromium page, each in a frame with the page's own modules."""

import re
from pathlib import Path
from typing import Any, Final, NamedTuple

from playwright.async_api import BrowserContext, Page

from tests.cast import PASSWORD, address

FOLLOWER: Final = Path(__file__).with_name("follower.js")
PATIENCE: Final = 20_000
KEPT: Final = re.compile(
    r'<meta name="(?:build|csrf)"[^>]*>'
    r'|<script type="(?:importmap|application/json)".*?</script>',
    re.DOTALL,
)
TOP: Final = "<!doctype html><title>Lamps</title>"
OPEN: Final = """
(count) => {
  document.body.replaceChildren(...Array.from({ length: count }, () => {
    const frame = document.createElement('iframe');
    frame.src = '/followers/one';
    return frame;
  }));
}
"""
ALL_LIVE: Final = """
() => Array.from(frames).every(({ looks }) => looks?.at(-1)?.[1] === 'live')
"""
EACH: Final = "([call, value]) => { for (const frame of Array.from(frames)) frame[call](value); }"
LOOKS: Final = "() => Array.from(frames).map(({ looks }) => looks.splice(0))"


class Look(NamedTuple):
    """What one follower says at a moment, in seconds since 1970."""

    at: float
    says: str
    epoch: str
    offset: int
    open: bool


class Panel:
    """The page of somebody who is signed in; `page` has a frame for each follower."""

    def __init__(self, page: Page, context: BrowserContext, url: str, location: int) -> None:
        self.page = page
        self.context = context
        self.url = url
        self.location = location
        self.frame = ""

    @classmethod
    async def open(cls, context: BrowserContext, url: str, location: int) -> "Panel":
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        panel = cls(page, context, url, location)
        await context.route(f"{url}/followers", panel.answer_top)
        await context.route(f"{url}/followers/one", panel.answer_one)
        await context.route(f"{url}/followers/follower.js", panel.answer_script)
        return panel

    async def follow(self, count: int) -> None:
        """Sign in, and wait until so many followers say Live."""
        await self.context.clear_cookies()
        await self.page.goto(f"{self.url}/login")
        await self.page.fill("#email", address("Ana"))
        await self.page.fill("#password", PASSWORD)
        await self.page.click("[data-js=go]")
        await self.page.wait_for_url(f"{self.url}/board*")
        answer = await self.page.request.get(f"{self.url}/board?location={self.location}")
        self.frame = framed(await answer.text())
        await self.page.goto(f"{self.url}/followers")
        await self.page.evaluate(OPEN, count)
        await self.live()

    async def live(self) -> None:
        """Every follower says so."""
        await self.page.wait_for_function(ALL_LIVE)

    async def grow_old(self) -> None:
        """The next time they connect they are of a build that is gone."""
        await self.page.evaluate(EACH, ["growOld", None])

    async def set_clocks(self, milliseconds: int) -> None:
        await self.page.evaluate(EACH, ["setClock", milliseconds])

    async def freeze(self, state: str) -> None:
        """As browsers do with pages that nobody sees: `frozen`, then `active` again."""
        devtools: Any = await self.context.new_cdp_session(self.page)
        await devtools.send("Page.setWebLifecycleState", {"state": state})
        await devtools.detach()

    async def looks(self) -> list[list[Look]]:
        """What each has said since this was last asked."""
        told = await self.page.evaluate(LOOKS)
        return [[Look(at / 1000, *rest) for at, *rest in follower] for follower in told]

    async def answer_top(self, route: Any) -> None:
        await route.fulfill(body=TOP, content_type="text/html")

    async def answer_one(self, route: Any) -> None:
        await route.fulfill(body=self.frame, content_type="text/html; charset=utf-8")

    async def answer_script(self, route: Any) -> None:
        await route.fulfill(path=FOLLOWER, content_type="text/javascript")


def framed(board: str) -> str:
    """Of a board's page only what its scripts need, and the follower in place of the board."""
    kept = "".join(KEPT.findall(board))
    script = '<script type="module" src="/followers/follower.js"></script>'
    return f"<!doctype html>{kept}{script}"
