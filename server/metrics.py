"""Figures as Prometheus reads them: the text format, version 0.0.4."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from server.realtime.counts import Histogram

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Labels = Mapping[str, str]
Value = int | float


def counter(name: str, told: str, values: Value | Iterable[tuple[Labels, Value]]) -> Iterator[str]:
    """Something that only grows; its name ends in `_total`."""
    return family(name, "counter", told, values)


def gauge(name: str, told: str, values: Value | Iterable[tuple[Labels, Value]]) -> Iterator[str]:
    """Something as it is now."""
    return family(name, "gauge", told, values)


def family(
    name: str, kind: str, told: str, values: Value | Iterable[tuple[Labels, Value]]
) -> Iterator[str]:
    """One figure, plain or once for each set of labels."""
    yield from head(name, kind, told)
    for labels, value in [({}, values)] if isinstance(values, int | float) else values:
        yield sample(name, labels, value)


def histogram(
    name: str, told: str, histograms: Iterable[tuple[Labels, Histogram]]
) -> Iterator[str]:
    """Durations by how many were at most so long."""
    yield from head(name, "histogram", told)
    for labels, found in histograms:
        below = 0
        for bound, count in zip((*found.bounds, "+Inf"), found.counts, strict=True):
            below += count
            yield sample(f"{name}_bucket", {**labels, "le": str(bound)}, below)
        yield sample(f"{name}_sum", labels, round(found.total, 6))
        yield sample(f"{name}_count", labels, below)


def head(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"


def sample(name: str, labels: Labels, value: Value) -> str:
    told = ",".join(f'{label}="{text.translate(ESCAPES)}"' for label, text in labels.items())
    return f"{name}{{{told}}} {value}" if told else f"{name} {value}"


def page(*families: Iterable[str]) -> str:
    """All figures as one text."""
    return "\n".join(line for lines in families for line in lines) + "\n"
