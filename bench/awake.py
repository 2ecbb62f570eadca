"""Cores that do not fall asleep, and how soon this machine wakes whoever waits for it.

An idle core of a virtual machine is woken only after milliseconds, which would be the latency of
every server alike. Linux keeps them awake while somebody asks for it (docs: PM QoS interface).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Final

from bench.machine import cores, on_core

ASKED_OF: Final = Path("/dev/cpu_dma_latency")
AT_ONCE: Final = (0).to_bytes(4, "little")  # microseconds that waking may take
NAPS: Final = 400
NAP_SECONDS: Final = 0.002


@contextmanager
def awake() -> Iterator[None]:
    """No core falls asleep inside, where this machine may be asked for that."""
    if not os.access(ASKED_OF, os.W_OK):
        yield
        return
    with ASKED_OF.open("wb", buffering=0) as asking:
        asking.write(AT_ONCE)
        yield


def wakes() -> dict[str, float]:
    """How late somebody is woken on the server's core who does nothing but sleep."""
    with on_core(cores()[0]):
        late = quantiles((nap() for _ in range(NAPS)), n=100)
    return {"p50_ms": round(late[49], 3), "p99_ms": round(late[98], 3)}


def nap() -> float:
    began = time.monotonic()
    time.sleep(NAP_SECONDS)
    return (time.monotonic() - began - NAP_SECONDS) * 1000
