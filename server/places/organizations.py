"""An organization's own settings: its name, its time zone, and what it calls the stages."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from sqlmodel import Session, col, select

from server.errors import Forbidden
from server.events import Kind, record
from server.models import Location, Organization
from server.orders.customs import Customs, customs_of
from server.orders.redraw import redraw
from server.orders.stages import PLANS
from server.people import changelog
from server.people.actors import Actor, Right
from server.places import labels
from server.places.forms import SettingsForm
from server.places.locations import save
from server.places.versions import check_organization

Settings = dict[str, Any]

PLAIN: Final = ("name", "timezone")


def settings(session: Session, *, by: Actor) -> Settings:
    """The settings of the actor's organization."""
    by.require(Right.LOCATIONS_READ)
    return shown(session.get_one(Organization, by.organization))


def change(
    session: Session, form: SettingsForm, *, by: Actor, match: int | None = None
) -> Settings:
    """Change the settings. New words for stages stand on every open board at once."""
    by.require(Right.SETTINGS_WRITE)
    check_whole(by)
    owner = session.get_one(
        Organization, by.organization, with_for_update={"key_share": True}, populate_existing=True
    )
    check_organization(session, owner, match, shown(owner))
    before = owner.labels or {}
    words = labels.renamed(before, form.labels or {})
    detail = labels.differences(before, words)
    for name in PLAIN:
        was, value = getattr(owner, name), getattr(form, name)
        if value is not None and value != was:
            detail[name] = [was, value]
            setattr(owner, name, value)
    return written(session, owner, words, detail, by=by) if detail else shown(owner)


def written(
    session: Session,
    owner: Organization,
    words: labels.Words,
    detail: Mapping[str, Any],
    *,
    by: Actor,
) -> Settings:
    """Keep changed settings, and tell everybody."""
    renamed = labels.flows_that_differ(owner.labels or {}, words)
    owner.labels = words or None
    owner.version += 1
    session.add(owner)
    session.flush()
    if renamed:
        rename_on_boards(session, owner, renamed, by=by)
    changelog.note(session, "settings.changed", owner.name, by=by, detail=detail)
    return tell(session, by=by)


def rename_on_boards(
    session: Session, owner: Organization, flows: AbstractSet[str], *, by: Actor
) -> None:
    """Draw every location's cards with the new words, and have the boards that show them look."""
    own = select(Location).where(Location.organization_id == owner.id).order_by(col(Location.id))
    for place in session.exec(own.with_for_update(key_share=True)).all():
        place.customs_version += 1
        drawn = redraw(session, place.id or 0, place.timezone, customs_of(place, owner))
        if place.flow in flows or drawn & flows:
            save(session, place, by=by)


def check_whole(by: Actor) -> None:
    """What is the whole organization's is for those who work at all its locations."""
    if by.locations is not None:
        raise Forbidden(f"{by.name} works at some locations only; this is for all. An admin can.")


def tell(session: Session, *, by: Actor) -> Settings:
    """Let open screens know that there is something new in the settings."""
    told = shown(session.get_one(Organization, by.organization))
    record(
        session,
        Kind.SETTINGS_CHANGED,
        f"organization:{by.organization}",
        told,
        key="settings",
        thing_id=told["id"],
        version=told["version"],
        by=by,
    )
    return told


def shown(owner: Organization) -> Settings:
    """The settings as they are answered and announced."""
    customs = Customs(labels=owner.labels or {})
    return {
        "id": owner.id,
        "name": owner.name,
        "currency": owner.currency,
        "locale": owner.locale,
        "timezone": owner.timezone,
        "labels": {flow.value: customs.words(flow) for flow in PLANS},
        "renamed": owner.labels or {},
        "version": owner.version,
    }
