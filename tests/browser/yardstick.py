"""How much slower than usual this machine is just now: the bars of UI.md are for a usual one."""

from typing import Final

from playwright.async_api import Page

USUAL_MILLISECONDS: Final = 22.0
WORK: Final = """
() => {
  const once = () => {
    const start = performance.now();
    const list = document.createElement('ol');
    list.innerHTML = '<li><p><b>Guest</b> <i>Burger</i></p></li>'.repeat(500);
    document.body.append(list);
    list.getBoundingClientRect();
    list.remove();
    return performance.now() - start;
  };
  const spent = Array.from({ length: 15 }, once).slice(5).sort((a, b) => a - b);
  return spent[5];
}
"""


async def slowness(page: Page) -> float:
    """1 on a usual machine or a faster one, 2 on one that takes twice as long to draw a list."""
    spent: float = await page.evaluate(WORK)
    return max(1.0, spent / USUAL_MILLISECONDS)
