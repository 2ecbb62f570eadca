"""Stations of locations."""

import pytest

from server.errors import Invalid, NotFound, Overtaken
from server.people import changelog
from server.places import locations, stations
from server.places.forms import StationForm
from tests.cast import Cast
from tests.hands import Do, Look


def test_stations_come_and_go(do: Do, look: Look, cast: Cast) -> None:
    fryer = do(stations.add, cast.bar, StationForm(name="Fryer"), by=cast.ben, match=1)
    do(stations.rename, fryer["id"], StationForm(name="Wok"), by=cast.ben, match=2)

    assert set(names(look, cast)) == {"Wok", "bar", "grill"}
    with pytest.raises(Invalid, match="already") as refused:
        do(stations.add, cast.bar, StationForm(name="WOK"), by=cast.ben)
    assert refused.value.field == "name"
    with pytest.raises(Overtaken):
        do(stations.remove, fryer["id"], by=cast.ben, match=2)
    do(stations.remove, fryer["id"], by=cast.ben, match=3)
    assert names(look, cast) == ["bar", "grill"]
    assert look(locations.location, cast.bar, by=cast.ben)["version"] == 4
    kinds = [line["kind"] for line in look(changelog.listed, by=cast.ana).changes][::-1]
    assert kinds == ["station.added", "station.renamed", "station.removed"]


def names(look: Look, cast: Cast) -> list[str]:
    return [station["name"] for station in look(stations.stations, cast.bar, by=cast.dan)]


def test_a_foreign_station_is_not_there(do: Do, look: Look, cast: Cast) -> None:
    [bar, _] = look(stations.stations, cast.bar, by=cast.ana)
    for ident, stranger in ((bar["id"], cast.cora), (424242, cast.ana)):
        with pytest.raises(NotFound, match="There is no such station"):
            do(stations.rename, ident, StationForm(name="Mine"), by=stranger)
        with pytest.raises(NotFound, match="There is no such station"):
            do(stations.remove, ident, by=stranger)
