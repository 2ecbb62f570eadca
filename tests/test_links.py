"""Links of orders, on every database."""

from server.messaging import newlinks
from server.orders import details, links, scans
from server.orders.forms import ChangeForm, ScanForm
from server.orders.links import Purpose
from tests.cast import Cast
from tests.hands import Do, Look
from tests.journeys import placed
from tests.mailbag import LINKS, WRITER, mails

MARIA = "maria@guests.example"


def test_an_order_is_opened_by_its_link_and_told_as_its_customer_may_see_it(
    do: Do, look: Look, cast: Cast
) -> None:
    card = placed(do, cast)
    token = LINKS.token(Purpose.PAGE, look(links.of_order, card["id"]))

    found = look(links.opened, LINKS, Purpose.PAGE, token)

    assert found
    assert (found.order.id, found.place.name, found.until) == (card["id"], "Bar South", None)
    assert MARIA.encode() not in found.card


def test_many_links_are_opened_by_one_question(do: Do, look: Look, cast: Cast) -> None:
    cards = [placed(do, cast), placed(do, cast, cast.kitchen)]
    tokens = [LINKS.token(Purpose.PAGE, look(links.of_order, card["id"])) for card in cards]

    found = look(links.opened_all, LINKS, Purpose.PAGE, [*tokens, "nobody's"])

    assert [found[token].order.id for token in tokens] == [card["id"] for card in cards]
    assert len(found) == 2


def test_a_corrected_address_gets_the_only_link_that_opens(do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast)
    before = LINKS.token(Purpose.PAGE, look(links.of_order, card["id"]))
    form = ChangeForm.model_validate({"customer": {"email": "mara@guests.example"}})
    do(details.change, card["id"], form, by=cast.ana, match=card["version"])

    assert do(newlinks.send, MARIA, "", WRITER, address="192.0.2.7") == 0
    assert do(newlinks.send, "mara@guests.example", "", WRITER, address="192.0.2.7") == 1

    (mail,) = mails(look)
    after = next(word for word in mail.text.split() if "/o/" in word).rpartition("/")[2]
    assert look(links.opened, LINKS, Purpose.PAGE, before) is None
    assert look(links.opened, LINKS, Purpose.PAGE, after)


def test_two_mails_for_one_customer_may_stand_side_by_side(do: Do, look: Look, cast: Cast) -> None:
    placed(do, cast)

    for _ in range(2):
        do(newlinks.send, MARIA, "", WRITER, address="192.0.2.7")

    assert len({mail.message_id for mail in mails(look)}) == 2


def test_a_code_is_scanned(do: Do, look: Look, cast: Cast) -> None:
    card = placed(do, cast)
    text = LINKS.scan(look(links.of_order, card["id"]), card["code"])

    told = look(scans.scan, ScanForm(text=text, location=cast.bar), LINKS, by=cast.dan)

    assert told["verdict"] == "here"
