"""API keys."""

import pytest
from sqlmodel import select

from server.errors import Forbidden, Invalid
from server.models import ApiKey, Organization
from server.people import keys
from server.people.actors import RIGHTS, Right, Role
from tests.cast import Cast
from tests.hands import Do, Look


def test_a_key_opens_what_it_is_for(do: Do, look: Look, cast: Cast) -> None:
    scopes = [Right.ORDERS_READ, Right.ORDERS_PLACE]
    token = do(keys.create, cast.harbour, name="Till", scopes=scopes, locations=[cast.bar])

    till = look(keys.bearer, token)

    assert till
    assert (till.role, till.name, till.organization) == (Role.INTEGRATION, "Till", cast.harbour)
    assert (till.rights, till.locations) == (frozenset(scopes), frozenset({cast.bar}))
    with pytest.raises(Forbidden, match=r"lacks the scope orders\.move"):
        till.require(Right.ORDERS_MOVE)


def test_a_key_without_locations_is_for_all_of_them(look: Look, cast: Cast) -> None:
    shop = look(keys.bearer, cast.shop_token)

    assert shop == cast.shop
    assert (shop.locations, shop.rights) == (None, RIGHTS[Role.INTEGRATION])


def test_the_key_itself_is_not_kept(look: Look, cast: Cast) -> None:
    (row,) = look(lambda session: session.exec(select(ApiKey)).all())

    assert cast.shop_token.startswith("heard_")
    assert cast.shop_token.removeprefix("heard_") not in row.model_dump_json()


@pytest.mark.parametrize("token", ["", "heard_", "heard_nonsense", "\x00"])
def test_a_strange_key_is_nobodys(look: Look, cast: Cast, token: str) -> None:
    assert cast.shop
    assert look(keys.bearer, token) is None


def test_a_revoked_key_is_worth_nothing(do: Do, look: Look, cast: Cast) -> None:
    before = look(lambda session: session.get_one(Organization, cast.harbour).access_version)

    do(keys.revoke, int(cast.shop.key.removeprefix("key:")))

    assert look(keys.bearer, cast.shop_token) is None
    after = look(lambda session: session.get_one(Organization, cast.harbour).access_version)
    assert after == before + 1


def test_a_key_is_for_locations_of_its_own_organization_only(do: Do, cast: Cast) -> None:
    with pytest.raises(Invalid, match=str(cast.island)):
        do(keys.create, cast.harbour, name="Till", locations=[cast.island])


def test_the_command_line_makes_a_key_for_the_first_organization(
    do: Do, look: Look, cast: Cast
) -> None:
    made = look(keys.bearer, do(keys.create_first, name="command line"))

    assert made
    assert (made.organization, made.rights) == (cast.harbour, RIGHTS[Role.INTEGRATION])
