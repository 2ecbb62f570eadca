"""Every bound and interval of the live side, in one place; people may set the first four."""

from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much, how long, how often."""

    # what people may set
    sockets_per_person: int = 50
    sockets_per_channel: int = 2_000
    sockets_per_process: int = 10_000
    sockets_of_customers: int = 2_000

    # what a client may send
    message_bytes: int = 8 * KIB
    messages_per_minute: int = 100
    message_burst: int = 100  # a board of all locations subscribes to each at once
    orders_per_customer: int = 8  # on one socket
    hello_seconds: float = 5.0  # without a subscription

    # how far back, how far behind
    ring_events: int = 1_000
    page_events: int = 500  # a longer gap is answered with a snapshot
    behind_events: int = 500
    blocked_seconds: float = 10.0

    # what goes out
    part_bytes: int = 64 * KIB - 16  # a snapshot's part with its frame header stays within 64 KiB
    write_bytes: int = (
        64 * KIB
    )  # one write; with the transport's own 64 KiB a stuck socket holds 128
    window_seconds: float = 0.025  # the longest that an event waits for others
    head_seconds: float = 5.0
    beat_seconds: float = 0.05  # heads are told a few at a time: thousands would hold up an event
    stale_seconds: float = 3.0  # an older look at the database is told at once

    # looking at the database
    look_seconds: float = 1.0
    grace_seconds: float = 0.01  # for a bell that another has overtaken; then the book is read
    patience_seconds: float = 5.0  # for one answer of the database
    linger_seconds: float = (
        30.0  # a channel nobody watches any more is kept for those who come back
    )
    used_seconds: float = 60.0  # how often an acknowledging socket counts as use of its sign-in
    stop_seconds: float = 2.0
