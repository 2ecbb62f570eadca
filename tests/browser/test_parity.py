"""The server's rows and the page's rows are the same rows: one macro, two hands, no drift."""

from typing import Any

import pytest

from server.people.actors import Right
from server.routes.details import details
from server.routes.rows import Scene, view
from server.routes.templates import environment
from tests.browser.boards import Shop, Visit
from tests.browser.samples import NOW, sample_cards, sample_history

pytestmark = pytest.mark.browser

RIGHTS = ("everything", "no cancelling")
PAINT_ROWS = """
async ([scene, cards, printed]) => {
  const { view } = await import('heard/view');
  const { blank, fill, named } = await import('heard/fill');
  const seen = { ...scene, rights: new Set(scene.rights) };
  return cards.flatMap((card, i) => {
    const row = blank('tpl-row');
    const v = view(card, seen);
    named(row, v);
    fill(row, v);
    const parsed = document.createElement('template');
    parsed.innerHTML = printed[i];
    const wanted = parsed.content.firstElementChild.outerHTML;
    return row.outerHTML === wanted ? [] : [[wanted, row.outerHTML]];
  });
}
"""
PAINT_DETAILS = """
async ([scene, cards, printed, pasts]) => {
  const { details } = await import('heard/details');
  const { blank, fill, fillLists } = await import('heard/fill');
  const seen = { ...scene, rights: new Set(scene.rights) };
  return cards.flatMap((card, i) => {
    const sheet = blank('tpl-details');
    const v = details(card, seen, pasts[i]);
    fill(sheet, v);
    fillLists(sheet, v);
    const parsed = document.createElement('template');
    parsed.innerHTML = printed[i];
    const wanted = parsed.content.firstElementChild.outerHTML;
    return sheet.outerHTML === wanted ? [] : [[wanted, sheet.outerHTML]];
  });
}
"""


def scene_for(rights: str) -> Scene:
    held = {right.value for right in Right} - ({"orders.cancel"} if rights != RIGHTS[0] else set())
    return Scene.at(NOW, "Europe/Helsinki", frozenset(held), 20)


def told(scene: Scene) -> dict[str, Any]:
    """The scene as the page has it."""
    return {
        "now": scene.now,
        "today": scene.today,
        "rights": sorted(scene.rights),
        "prep": scene.prep_minutes,
    }


@pytest.mark.parametrize("rights", RIGHTS)
async def test_a_row_is_the_same_from_either_hand(visit: Visit, shop: Shop, rights: str) -> None:
    board, scene, cards = await visit.board(shop.location), scene_for(rights), sample_cards()
    macro = environment().get_template("parts/row.html").module.order_row  # type: ignore[attr-defined]  # a template's macros are its module's members
    printed = [str(macro(view(card, scene))) for card in cards]

    drifted = await board.page.evaluate(PAINT_ROWS, [told(scene), cards, printed])

    assert len(cards) >= 30
    assert drifted == []


@pytest.mark.parametrize("rights", RIGHTS)
async def test_an_order_in_full_is_the_same_from_either_hand(
    visit: Visit, shop: Shop, rights: str
) -> None:
    board, scene, cards = await visit.board(shop.location), scene_for(rights), sample_cards()
    pasts = [sample_history(card) for card in cards]
    macro = environment().get_template("parts/details.html").module.order_details  # type: ignore[attr-defined]
    printed = [
        str(macro(details(card, scene, "en_IE", past), 2))
        for card, past in zip(cards, pasts, strict=True)
    ]

    drifted = await board.page.evaluate(PAINT_DETAILS, [told(scene), cards, printed, pasts])

    assert drifted == []


async def test_the_cards_of_a_page_are_those_of_the_api(visit: Visit, shop: Shop) -> None:
    """Though the page carries amounts as bare numbers, and moves alike only once."""
    extra = {"name": "Cheese", "quantity": 2, "price": 100}
    lines = [{"name": "Burger", "quantity": 2, "unit_price": 1050, "modifiers": [extra]}]
    await shop.place(lines=lines)
    await shop.move(await shop.place(), "ready")
    page = (await visit.board(shop.location)).page

    told = await page.evaluate("import('heard/cards').then(({ cards }) => [...cards.values()])")

    assert told == (await shop.get(f"/locations/{shop.location}/board"))["orders"]
