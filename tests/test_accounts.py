"""Accounts: who they are, what they may do, and how they are shut out."""

from collections.abc import Sequence
from typing import Any

import pytest

from server.errors import Forbidden, Invalid, NotFound
from server.models import Organization
from server.people import accounts
from server.people.actors import PEOPLE, PERSONAL, RIGHTS, Actor, Right, Role, system
from server.people.passwords import check_new, hashed, matches
from tests.cast import PASSWORD, Cast, account_of
from tests.hands import Do, Look


def access(look: Look, organization_id: int) -> int:
    return look(lambda session: session.get_one(Organization, organization_id).access_version)


def create(do: Do, cast: Cast, **more: Any) -> Actor:
    asked: dict[str, Any] = {
        "email": "eve@tests.example",
        "name": "Eve",
        "role": Role.STAFF,
        "password": PASSWORD,
        "locations": [cast.bar],
    }
    return do(
        lambda session: accounts.actor(
            session, accounts.create(session, cast.harbour, **asked | more)
        )
    )


def test_somebody_new_works_where_they_are_needed(do: Do, cast: Cast) -> None:
    eve = create(do, cast, locations=[cast.bar, cast.kitchen])

    assert (eve.role, eve.name, eve.organization) == (Role.STAFF, "Eve", cast.harbour)
    assert eve.locations == frozenset({cast.bar, cast.kitchen})


def test_an_admin_works_everywhere(do: Do, cast: Cast) -> None:
    assert create(do, cast, role=Role.ADMIN, locations=[]).locations is None


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"role": Role.SYSTEM}, "role"),
        ({"role": Role.INTEGRATION}, "role"),
        ({"locations": []}, "location"),
        ({"role": Role.MANAGER, "locations": []}, "location"),
        ({"locations": [999_999]}, "location"),
        ({"email": " BEN@Tests.example "}, "email"),
        ({"password": "too short"}, "password"),
        ({"password": "x" * 1025}, "password"),
    ],
)
def test_an_account_that_cannot_be_names_what_is_wrong(
    do: Do, cast: Cast, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create(do, cast, **more)

    assert refused.value.field == field


def test_nobody_works_at_a_location_of_another_organization(do: Do, cast: Cast) -> None:
    with pytest.raises(Invalid, match=str(cast.island)):
        create(do, cast, locations=[cast.bar, cast.island])


def test_an_address_is_found_however_it_is_spelled(look: Look, cast: Cast) -> None:
    found = look(accounts.by_email, "  Ana@TESTS.example ")

    assert found
    assert f"account:{found.id}" == cast.ana.key
    assert look(accounts.by_email, "nobody@tests.example") is None


def test_whoever_is_shut_out_has_everybody_check_their_rights(
    do: Do, look: Look, cast: Cast
) -> None:
    before = access(look, cast.harbour)

    do(lambda session: accounts.disable(session, account_of(session, "Ben")))

    assert access(look, cast.harbour) == before + 1
    assert look(lambda session: account_of(session, "Ben").disabled_at) is not None


def test_the_command_line_makes_accounts_in_the_first_organization(
    do: Do, look: Look, cast: Cast
) -> None:
    do(accounts.enrol, email="eve@tests.example", name="Eve", role="staff", password=PASSWORD,
       locations=[cast.bar])  # fmt: skip

    eve = look(lambda session: accounts.actor(session, account_of(session, "Eve")))
    assert (eve.organization, eve.role) == (cast.harbour, Role.STAFF)
    assert eve.locations == frozenset({cast.bar})


@pytest.mark.parametrize("role", ["cook", "system", ""])
def test_the_command_line_knows_the_roles_of_people(do: Do, role: str) -> None:
    with pytest.raises(Invalid, match="admin, manager, staff") as refused:
        do(accounts.enrol, email="e@tests.example", name="E", role=role, password=PASSWORD,
           locations=[])  # fmt: skip

    assert refused.value.field == "role"


@pytest.mark.parametrize(
    ("role", "lacks"),
    [
        (Role.ADMIN, set()),
        (Role.MANAGER, {Right.PEOPLE_WRITE}),
        (Role.INTEGRATION, PERSONAL),
        (
            Role.STAFF,
            {
                Right.LOCATIONS_STATUS,
                Right.ORDERS_EXPORT,
                Right.SETTINGS_WRITE,
                Right.DEVICES_WRITE,
                Right.PEOPLE_WRITE,
                Right.OUTBOX_READ,
            },
        ),
        (Role.DEVICE, set(Right) - {Right.ORDERS_READ, Right.LOCATIONS_READ}),
    ],
)
def test_every_role_has_its_rights(role: Role, lacks: set[Right]) -> None:
    assert set(Right) - RIGHTS[role] == lacks


def test_a_refusal_names_who_may(cast: Cast) -> None:
    with pytest.raises(Forbidden, match=r"Dan may not .* role admin or manager can"):
        cast.dan.require(Right.LOCATIONS_STATUS)
    cast.ben.require(Right.LOCATIONS_STATUS)


@pytest.mark.parametrize("places", [None, frozenset({1})])
def test_what_is_not_theirs_does_not_exist(cast: Cast, places: Sequence[int] | None) -> None:
    limited = frozenset(places) if places else None
    actor = Actor(Role.MANAGER, 1, "Ben", "account:2", limited)

    actor.require_location(1, 1)
    with pytest.raises(NotFound):
        actor.require_location(2, 1)
    assert actor.sees(7) is (places is None)


def test_heard_itself_may_do_anything_in_one_organization() -> None:
    heard = system(3)

    assert (heard.organization, heard.name, heard.rights) == (3, "Heard", frozenset(Right))
    assert Role.SYSTEM not in PEOPLE


def test_a_password_matches_only_itself() -> None:
    kept = hashed(PASSWORD)

    assert kept.startswith("$argon2id$")
    assert kept != hashed(PASSWORD)
    assert matches(kept, PASSWORD)
    assert not matches(kept, PASSWORD + " ")
    assert not matches(kept, "x" * 100_000)
    assert not matches("not a hash", PASSWORD)
    assert check_new(PASSWORD) == PASSWORD
