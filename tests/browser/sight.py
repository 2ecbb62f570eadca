"""What a page shows of words: which of them nobody has translated, and which cannot be read."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from playwright.async_api import Page, ViewportSize

Opened = Callable[[], Awaitable[None]]
SIZES: Final[dict[str, ViewportSize]] = {
    "320 × 640": {"width": 320, "height": 640},
    "1280 × 800": {"width": 1280, "height": 800},
    "1280 × 800 at 200 %": {"width": 640, "height": 400},
    "1280 × 800 at 400 %": {"width": 320, "height": 200},
}
UNTRANSLATED: Final = """
(data) => {
  const values = [...data].sort((a, b) => b.length - a.length);
  const left = (text) => {
    let rest = text;
    for (let before = ''; before !== rest;) {
      before = rest;
      rest = rest.replace(/⟦[^⟦⟧]*⟧/g, ' ');
    }
    for (const value of values) rest = rest.replaceAll(value, ' ');
    return rest;
  };
  const strange = (text) => /\\p{L}/u.test(left(text));
  const shown = (node) => node.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !node.closest('script, style, template, kbd');
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data: text, parentElement: node } = walker.currentNode;
    if (strange(text) && shown(node)) found.push(`${node.className}: ${text.trim()}`);
  }
  for (const node of document.querySelectorAll('body *')) {
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
      const text = node.getAttribute(name);
      if (text && strange(text) && shown(node)) found.push(`${node.className} ${name}: ${text}`);
    }
  }
  if (strange(document.title)) found.push(`title: ${document.title}`);
  return found;
}
"""
UNREADABLE: Final = """
() => {
  const root = document.documentElement;
  const found = [];
  if (root.scrollWidth > root.clientWidth) {
    found.push(`the page is ${root.scrollWidth} wide, the window ${root.clientWidth}`);
  }
  const box = document.createRange();
  const shortened = ({ textOverflow, webkitLineClamp }) =>
    textOverflow === 'ellipsis' || webkitLineClamp !== 'none';
  const told = (text) => {
    if (text.parentElement.matches('.row__items')) return true;  // the details tell all of it
    const named = text.parentElement.closest('[aria-label], [title]');
    const names = ['aria-label', 'title'].map((name) => named?.getAttribute(name) ?? '');
    return names.some((name) => name.includes(text.data.trim()));
  };
  const hides = (way) => ['hidden', 'clip'].includes(way);
  const rolls = (way) => ['auto', 'scroll'].includes(way);
  const lost = (text) => {
    box.selectNodeContents(text);
    const rects = [...box.getClientRects()].filter(({ width, height }) => width && height);
    for (let node = text.parentElement; node !== root; node = node.parentElement) {
      const style = getComputedStyle(node);
      const edge = node.getBoundingClientRect();
      if (style.clipPath === 'inset(50%)') return '';
      if (rolls(style.overflowX) && node.scrollWidth > node.clientWidth) return '';
      const beside = (r) => r.left < edge.left - 1.5 || r.right > edge.right + 1.5;
      const below = (r) => r.top < edge.top - 4 || r.bottom > edge.bottom + 4;
      const cut = (hides(style.overflowX) && rects.some(beside))
        || (hides(style.overflowY) && rects.some(below));
      if (cut) return shortened(style) && told(text) ? '' : `cut by .${node.className}`;
    }
    const out = rects.some((r) => r.left < -1.5 || r.right > root.clientWidth + 1.5);
    if (out) return 'beside the page';
    const edge = text.parentElement.closest('button, .btn, .pill')?.getBoundingClientRect();
    const over = edge && rects.some((r) => r.left < edge.left - 1.5 || r.right > edge.right + 1.5);
    return over ? 'beside its button' : '';
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility({ visibilityProperty: true })) continue;
    const why = lost(text);
    if (why) found.push(`${node.className} “${text.data.trim().slice(0, 60)}” ${why}`);
  }
  return found;
}
"""


async def untranslated(page: Page, data: Iterable[str]) -> Sequence[str]:
    """Texts, labels and hints in sight without the mark, apart from these values."""
    found: list[str] = await page.evaluate(UNTRANSLATED, list(data))
    return found


async def unreadable(page: Page) -> Sequence[str]:
    """Texts of which the window cuts something off, and whether the page is wider than it."""
    found: list[str] = await page.evaluate(UNREADABLE)
    return found


class Seen:
    """What was not right in any of the states that a page was brought to."""

    def __init__(self, page: Page, data: tuple[str, ...], *, marked: bool = True) -> None:
        self.page = page
        self.data = data
        self.marked = marked
        self.wrong: list[str] = []

    async def look(self, state: str, opened: Opened | None = None) -> None:
        """Look at the page as it is, in every size; what hangs on a button is opened anew."""
        if self.marked:
            found = await untranslated(self.page, self.data)
            self.wrong += [f"{state}, untranslated: {one}" for one in found]
        for name, size in SIZES.items():
            await self.page.set_viewport_size(size)
            if opened:
                await self.page.keyboard.press("Escape")
                await opened()
            found = await unreadable(self.page)
            self.wrong += [f"{state}, {name}: {one}" for one in found]
        await self.page.set_viewport_size(SIZES["1280 × 800"])
