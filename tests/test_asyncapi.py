"""The description of the live protocol: whole, and true of the frames that are really sent."""

from typing import Any

import orjson
import pytest

from server.events import Audience, Publication
from server.orders import boards, cards
from server.orders.forms import StatusForm
from server.orders.stages import Flow
from server.places import status
from server.realtime import frames, protocol
from server.realtime.protocol import Close
from server.routes import api
from server.routes.api.live_examples import SAID, TOLD
from tests.cast import Cast
from tests.contract import fits, keeps_to_asyncapi
from tests.hands import Do, Look
from tests.journeys import WAYS, brought
from tests.test_openapi import within

SPEC = api.live_spec()


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    references = {part["$ref"] for part in within(SPEC) if "$ref" in part}

    for reference in references:
        found: Any = SPEC
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    assert {f"#/components/schemas/{name}" for name in SPEC["components"]["schemas"]} <= references


def test_it_describes_every_message() -> None:
    described = set(SPEC["components"]["messages"])
    said = {kind.__name__ for kind in protocol.ClientMessage.__args__}
    told = {kind.__name__ for kind in protocol.ServerMessage.__args__}

    assert described == said | told == {kind.__name__ for kind in (*SAID, *TOLD)}


def test_it_names_every_close_code() -> None:
    for code in Close:
        assert f"`{code.value}`" in SPEC["channels"]["live"]["description"]


@pytest.mark.parametrize("kind", SAID, ids=lambda kind: kind.__name__)
def test_what_a_client_may_say_is_understood(kind: type[protocol.Message]) -> None:
    for example in SAID[kind]:
        fits(example, f"#/components/schemas/{kind.__name__}", "asyncapi")
        assert isinstance(protocol.parse(orjson.dumps(example).decode()), kind)


@pytest.mark.parametrize("kind", TOLD, ids=lambda kind: kind.__name__)
def test_what_a_client_is_told_fits(kind: type[protocol.Message]) -> None:
    for example in TOLD[kind]:
        assert keeps_to_asyncapi(orjson.dumps(example)) == example
        kind.model_validate(example)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("flow", Flow)
def test_every_event_of_every_flow_fits_for_every_audience(do: Do, cast: Cast, flow: Flow) -> None:
    for way in WAYS[flow]:
        brought(do, cast, flow, way)

    for rung in do.bell.rung:
        for audience in Audience:
            keeps_to_asyncapi(text(rung, audience, cards.project(audience, rung.thing)))


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_changed_location_fits(do: Do, cast: Cast) -> None:
    do(status.set_status, cast.bar, StatusForm(state="busy", minutes=5), by=cast.ana)

    [rung] = do.bell.rung
    told = keeps_to_asyncapi(text(rung, Audience.STAFF, rung.thing))

    assert told["location"]["status"]["state"] == "busy"


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("audience", Audience)
def test_a_snapshot_fits_for_every_audience(
    do: Do, look: Look, cast: Cast, audience: Audience
) -> None:
    for way in WAYS[Flow.ONSITE]:
        brought(do, cast, Flow.ONSITE, way)
    found = look(boards.snapshot, cast.bar)
    seen = [cards.project(audience, card) for card in found.orders]
    counts = found.counts if audience is Audience.STAFF else None

    parts = frames.snapshot("location:1", found.epoch, found.offset, seen, counts, 64 * 1024)

    for part in parts:
        for told in frames.texts(part):
            keeps_to_asyncapi(told)


@pytest.mark.parametrize(
    "frame",
    [
        {"skip": "location:7", "from": 1},
        {"skip": "location:7", "from": 1, "to": 2, "why": "because"},
        {"pong": "1"},
        {"event": "order.placed", "channel": "location:7", "offset": -1, "at": "now"},
    ],
)
def test_a_frame_that_does_not_fit_is_noticed(frame: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        keeps_to_asyncapi(orjson.dumps(frame))


def text(publication: Publication, audience: Audience, thing: bytes) -> str:
    """The frame that an audience is sent."""
    [told] = frames.texts(frames.event(publication, audience, thing))
    return told
