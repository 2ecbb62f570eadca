"""How a cluster is named, and who serves what in it."""

from __future__ import annotations

import pytest

from server.realtime.servers import at, clustered, places, read


@pytest.mark.parametrize(
    ("url", "cluster"),
    [
        ("redis://one:6379/0", False),
        ("unix:///run/valkey", False),
        ("rediss://user:secret@one", False),
        ("redis+cluster://one:7000", True),
        ("rediss+cluster://one:7000", True),
        ("redis://one:7000,two:7000", True),
    ],
)
def test_a_cluster_is_told_by_its_address(url: str, cluster: bool) -> None:
    assert clustered(url) is cluster


def test_every_host_is_a_place_to_ask_with_the_same_secret() -> None:
    assert places("rediss+cluster://user:s%40cret@one:7000,two:7001/?ssl_cert_reqs=none") == [
        "rediss://user:s%40cret@one:7000?ssl_cert_reqs=none",
        "rediss://user:s%40cret@two:7001?ssl_cert_reqs=none",
    ]


def test_a_node_is_reached_the_way_the_first_one_is() -> None:
    like = "rediss://user:secret@one:7000?ssl_cert_reqs=none"

    assert at("10.0.0.7:7003", like) == "rediss://user:secret@10.0.0.7:7003?ssl_cert_reqs=none"
    assert at("::1:7003", "redis://one:7000") == "redis://[::1]:7003"


def test_only_masters_count_and_a_nameless_one_is_who_was_asked() -> None:
    answer = [
        [0, 99, [b"10.0.0.1", 7000, b"id", []], [b"10.0.0.2", 7001, b"id", []]],
        [100, 16383, [b"", 7002, b"id", []]],
        [16383, 16383, [None, 7002, b"id", []]],
    ]

    assert read(answer, "one") == {
        "10.0.0.1:7000": [range(100)],
        "one:7002": [range(100, 16384), range(16383, 16384)],
    }
