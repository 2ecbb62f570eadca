"""`doctor`: looks at the settings, the files, the web, the database, the bell and the jobs."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from pydantic import ValidationError

from server.doctor import bell, database, network, place, safety, web
from server.doctor.findings import Finding, report, wrong
from server.settings import Settings


def doctor() -> int:
    """Examine the house of the settings; 1 when something is wrong."""
    logging.disable()  # what others have to say about it, we say in our own words
    try:
        chosen = Settings()
    except ValidationError as refused:
        return report(misread(refused))
    return report(examined(chosen))


def examined(chosen: Settings) -> Iterator[Finding]:
    """Everything, as it is found."""
    found = web.Web(web.address(chosen))
    yield from safety.settings(chosen)
    yield from network.network(chosen)
    yield from place.files(chosen)
    yield from web.web(chosen, found)
    yield from bell.bell(chosen, found)
    yield from database.database(chosen, found)


def misread(refused: ValidationError) -> Iterator[Finding]:
    """Settings that cannot be read at all."""
    for error in refused.errors():
        name = ".".join(str(part) for part in error["loc"]).upper()
        yield wrong(safety.ABOUT, f"{name} cannot be used: {error['msg']}")
