"""Who plays in tests: Harbour with a location per flow, and Elsewhere, which sees none of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, select

from server.models import Account
from server.orders.forms import OrderForm
from server.orders.stages import Flow
from server.people import accounts, keys
from server.people.actors import Actor, Role
from server.seed import location, organization

PASSWORD: Final = "a password for tests"


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody and every place, as they are in a fresh database."""

    harbour: int
    bar: int  # onsite
    kitchen: int  # delivery
    festival: int  # tickets
    store: int  # shipping
    warehouse: int  # marketplace
    ana: Actor  # admin of Harbour
    ben: Actor  # manager of the bar, and of nothing else
    dan: Actor  # staff of the bar
    shop: Actor  # an API key of Harbour with every scope
    shop_token: str
    elsewhere: int
    island: int  # Elsewhere's only location
    cora: Actor  # admin of Elsewhere

    @property
    def places(self) -> Mapping[Flow, int]:
        """Harbour's location of each flow."""
        here = (self.bar, self.kitchen, self.festival, self.store, self.warehouse)
        return dict(zip(Flow, here, strict=True))


def assemble(session: Session) -> Cast:
    """Bring everybody in, the way the demo is made."""
    harbour = organization(
        session, "Harbour", currency="EUR", locale="en_IE", timezone="Europe/Helsinki"
    )
    elsewhere = organization(
        session, "Elsewhere", currency="USD", locale="en_US", timezone="America/New_York"
    )
    bar = location(
        session, harbour, "Bar South", "bar", Flow.ONSITE, prep_minutes=5, stations=("bar", "grill")
    )
    kitchen = location(session, harbour, "Kitchen", "kitchen", Flow.DELIVERY, prep_minutes=15)
    festival = location(session, harbour, "Festival", "event", Flow.TICKETS)
    store = location(session, harbour, "Record Store", "shop", Flow.SHIPPING)
    warehouse = location(session, harbour, "Warehouse", "warehouse", Flow.MARKETPLACE)
    island = location(session, elsewhere, "Island", "bar", Flow.ONSITE, stations=("bar",))
    token = keys.create(session, harbour, name="Web shop")
    shop = keys.bearer(session, token)
    assert shop
    return Cast(
        harbour=harbour,
        bar=bar,
        kitchen=kitchen,
        festival=festival,
        store=store,
        warehouse=warehouse,
        ana=person(session, harbour, "Ana", Role.ADMIN),
        ben=person(session, harbour, "Ben", Role.MANAGER, bar),
        dan=person(session, harbour, "Dan", Role.STAFF, bar),
        shop=shop,
        shop_token=token,
        elsewhere=elsewhere,
        island=island,
        cora=person(session, elsewhere, "Cora", Role.ADMIN),
    )


def person(session: Session, organization_id: int, name: str, role: Role, *at: int) -> Actor:
    """Somebody with an account, as they ask for things."""
    account = accounts.create(
        session,
        organization_id,
        email=address(name),
        name=name,
        role=role,
        password=PASSWORD,
        locations=at,
    )
    return accounts.actor(session, account)


def address(name: str) -> str:
    """Where somebody of the cast signs in."""
    return f"{name.lower()}@tests.example"


def account_of(session: Session, name: str) -> Account:
    """The row of somebody of the cast."""
    return session.exec(select(Account).where(Account.email == address(name))).one()


def wish(location_id: int, **more: Any) -> OrderForm:
    """An order as a shop sends it: two burgers and a cola for Maria, 20.50 in all."""
    asked: dict[str, Any] = {
        "location": location_id,
        "source": "online_store",
        "customer": {"name": "Maria K.", "email": "maria@guests.example", "phone": "+358401234567"},
        "destination": "Block C",
        "lines": [
            {
                "name": "Burger",
                "sku": "BRG",
                "quantity": 2,
                "unit_price": 850,
                "modifiers": [{"name": "No onions"}],
            },
            {"name": "Cola", "quantity": 1, "unit_price": 350},
        ],
    }
    return OrderForm.model_validate(asked | more)
