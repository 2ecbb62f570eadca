"""`/settings`: stages' names, locations, the organization, and orders to take away."""

from typing import Any, Final

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server import auth
from server.orders.stages import PLANS, Flow
from server.people.actors import Actor, Right
from server.places import locations, organizations, stations
from server.places.forms import PlaceKind, zones
from server.routes.catalogue import speaking
from server.routes.rows import icon
from server.routes.screens.frame import standing
from server.routes.screens.office import SPOKEN, office
from server.routes.templates import page
from server.routes.words import WORDS, spoken
from server.state import State

NEEDED: Final = ("settings", "status", "minutes", "day", "moment")
Place = dict[str, Any]


async def settings(request: Request[State]) -> Response:
    """Show the settings: an admin's are of everything, a manager's of their own locations."""
    by = await auth.require(request, Right.SETTINGS_WRITE)
    shown = await request.state["read"](seen, by=by)
    asked = request.query_params.get("location", "")
    return page(request, "screens/settings.html", shown | {"asked": asked})


def seen(session: Session, *, by: Actor) -> dict[str, Any]:
    """Everything the page says, in one view of the database."""
    own = organizations.settings(session, by=by)
    found = locations.visible(session, by=by, archived=True)
    framed = office(session, by=by)
    locale = framed.organization.locale
    with speaking(locale):
        places = [drawn(session, place, framed.today, by) for place in found]
    flows = sorted(PLANS, key=lambda flow: flow not in {place["flow"] for place in found})
    stages = [staged(flow, own) for flow in flows]
    zone = own["timezone"] if by.locations is None or not found else found[0]["timezone"]
    return framed.context | {
        "own": own,
        "whole": by.locations is None,
        "found": [place for place in places if not place["archived"]],
        "archived": [place for place in places if place["archived"]],
        "stages": stages,
        "kinds": list(PlaceKind),
        "flows": list(Flow),
        "zones": sorted(zones()),
        "data": framed.data
        | {
            "words": spoken(locale, *SPOKEN, *NEEDED),
            "location": {"timezone": zone},
            "stages": {plan["flow"]: plan["stages"] for plan in stages},
        },
    }


def drawn(session: Session, place: Place, today: str, by: Actor) -> Place:
    """A location with its stations, and its status in words."""
    return place | {
        "stations": stations.stations(session, place["id"], by=by),
        "standing": standing(place["status"], today),
    }


def staged(flow: Flow, own: dict[str, Any]) -> dict[str, Any]:
    """The stages of a flow: their usual words and this organization's, and what follows each."""
    plan = PLANS[flow]
    return {
        "flow": flow.value,
        "stages": [
            {
                "key": stage.key,
                "usual": stage.label,
                "own": own["renamed"].get(flow.value, {}).get(stage.key, ""),
                "role": WORDS["roles"].get(stage.key, stage.kind.value),
                "icon": icon({"flow": flow.value, "stage": stage.key}),
                "next": next((m.to for m in plan.moves.get(stage.key, ()) if not m.back), ""),
            }
            for stage in plan.stages.values()
        ],
    }


routes = [Route("/settings", settings, methods=["GET"])]
