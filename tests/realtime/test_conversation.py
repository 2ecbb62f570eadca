"""What a client may say, how much of it, and what it is told when it is wrong."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.realtime.protocol import BadMessage, Close, parse
from tests.realtime.house import BLIND, QUICK, house
from tests.realtime.shelf import BAR, SHOP


async def test_a_ping_is_answered_with_its_number() -> None:
    async with house(BLIND) as bar:
        connection, socket = bar.connect()

        bar.say(connection, {"ping": 41})

        assert socket.messages == [{"pong": 41}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Invalid JSON"),
        ("{", "Invalid JSON"),
        ("[" * 5_000, "Invalid JSON"),
        ("NaN", "A message is an object with one of: subscribe, unsubscribe, seen, ping"),
        ("[]", "A message is an object with one of"),
        ("{}", "A message is an object with one of"),
        ('{"hello": 1}', "A message is an object with one of"),
        ('{"ping": "1"}', "ping: Input should be a valid integer"),
        ('{"ping": 1e400}', "ping: Input should be"),
        ('{"ping": NaN}', "ping: Input should be"),
        ('{"ping": true}', "ping: Input should be a valid integer"),
        ('{"ping": 9007199254740992}', "ping: Input should be less than"),
        ('{"ping": ' + "9" * 4_000 + "}", "ping: "),
        ('{"subscribe": "bar"}', "subscribe: String should match pattern"),
        ('{"subscribe": "location:7\\u0000"}', "subscribe: String should match pattern"),
        ('{"subscribe": "location:7\\n"}', "subscribe: String should match pattern"),
        ('{"subscribe": "\\ud800"}', "Invalid JSON"),
        ('{"subscribe": "location:7", "since": -1}', "since: Input should be greater than"),
        ('{"subscribe": "location:7", "since": 1.5}', "since: Input should be a valid integer"),
        ('{"subscribe": "location:7", "audience": "boss"}', "audience: Input should be 'staff'"),
        ('{"subscribe": "location:7", "role": "x"}', "role: Extra inputs are not permitted"),
        ('{"subscribe": "location:7", "ping": 1}', "ping: Extra inputs are not permitted"),
        ('{"seen": {"bar": 1}}', "seen.bar.[key]: String should match pattern"),
        ('{"seen": [1]}', "seen: Input should be an object"),
        ('{"unsubscribe": 7}', "unsubscribe: Input should be a valid string"),
        (None, "Messages are text, not bytes"),
        ("x" * 8_193, "A message has at most 8192 bytes"),
        ("é" * 5_000, "A message has at most 8192 bytes"),
    ],
)
async def test_what_does_not_fit_is_named_and_ends_the_socket(text: str | None, words: str) -> None:
    async with house(BLIND) as bar:
        connection, socket = bar.connect()

        connection.heard(text)

        assert socket.code == Close.BAD_MESSAGE
        assert socket.messages[0]["error"]["code"] == "bad_message"
        assert words in socket.messages[0]["error"]["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


NEARLY = st.dictionaries(
    st.sampled_from(["subscribe", "since", "epoch", "audience", "seen", "ping", "unsubscribe"]),
    JSON | st.sampled_from([BAR, "staff", {BAR: 1}]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=())) | (JSON | NEARLY).map(json.dumps))
def test_no_input_is_an_unhandled_error(text: str) -> None:
    with suppress(BadMessage):
        parse(text)


async def test_a_socket_is_closed_once() -> None:
    async with house(BLIND) as bar:
        connection, socket = bar.connect()

        connection.close(Close.TOO_SLOW)
        connection.close(Close.SIGNED_OUT)

        assert socket.code == Close.TOO_SLOW


async def test_after_the_close_nothing_is_heard() -> None:
    async with house(BLIND) as bar:
        connection, socket = bar.connect()
        connection.heard("{")

        bar.say(connection, {"ping": 1})

        assert len(socket.messages) == 1


async def test_more_than_a_burst_of_messages_is_too_many() -> None:
    async with house(BLIND) as bar:
        connection, socket = bar.connect()
        now = bar.hub.clock()
        bar.hub.clock = lambda: now

        for n in range(BLIND.message_burst + 1):
            bar.say(connection, {"ping": n})

        assert len(socket.only("pong")) == BLIND.message_burst
        assert socket.messages[-1]["error"]["code"] == "too_many_messages"
        assert socket.code == Close.TOO_MANY_MESSAGES


async def test_a_hundred_messages_a_minute_are_welcome() -> None:
    async with house(BLIND) as bar:
        connection, socket = bar.connect()
        now = bar.hub.clock()
        bar.hub.clock = lambda: now

        for n in range(200):
            now += 0.6
            bar.say(connection, {"ping": n})

        assert len(socket.only("pong")) == 200


async def test_control_without_the_allowance_a_flood_goes_on() -> None:
    async with house(replace(BLIND, message_burst=10**9)) as bar:
        connection, socket = bar.connect()

        for n in range(200):
            bar.say(connection, {"ping": n})

        assert socket.code is None


async def test_whoever_subscribes_to_nothing_is_closed() -> None:
    async with house(replace(QUICK, hello_seconds=0.1)) as bar:
        _, silent = bar.connect()
        connection, fickle = await bar.board()
        _, board = await bar.board()

        bar.say(connection, {"unsubscribe": BAR})

        await silent.until(lambda s: s.code == Close.TOO_SLOW)
        await fickle.until(lambda f: f.code == Close.TOO_SLOW)
        assert board.code is None


async def test_acknowledgements_are_kept_and_count_as_use_once_a_minute() -> None:
    async with house(replace(BLIND, used_seconds=60)) as bar:
        connection, board = await bar.board()
        for _ in range(3):
            await bar.place()
        await board.until(lambda b: b.offsets == [1, 2, 3])

        bar.say(connection, {"seen": {BAR: 2, SHOP: 9}})
        bar.say(connection, {"seen": {BAR: 1}})
        bar.say(connection, {"seen": {BAR: 99}})  # cannot be

        assert connection.followers[BAR].seen == 2
        assert bar.door.uses == []
        later = bar.hub.clock() + 61
        bar.hub.clock = lambda: later
        bar.say(connection, {"seen": {BAR: 3}})
        bar.say(connection, {"seen": {BAR: 3}})
        assert bar.door.uses == [connection.grant]
