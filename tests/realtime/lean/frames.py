"""What a client may send: frames of every kind, right and wrong, at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from server.realtime.lean.strict import MESSAGE_BYTES

WORDS: Final = ["", "{}", '{"ping":1}', "ä€𝄞", "x" * 125, "x" * 126, "y" * 4_096, "z" * 4_097]
CODES: Final = [999, 1000, 1001, 1004, 1005, 1006, 1012, 1015, 2999, 3000, 4000, 4999, 5000]


def client_frame(
    opcode: int, body: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True
) -> bytes:
    """A frame as a client sends it."""
    size = len(body)
    bit = 0x80 if masked else 0
    if size < 126:
        length = bytes((bit | size,))
    elif size < 2**16:
        length = bytes((bit | 126,)) + size.to_bytes(2)
    else:
        length = bytes((bit | 127,)) + size.to_bytes(8)
    head = bytes((0x80 * fin | rsv | opcode,)) + length
    return head + (b"\x01\x02\x03\x04" + mask(body) if masked else body)


def mask(body: bytes) -> bytes:
    key = (b"\x01\x02\x03\x04" * (len(body) // 4 + 1))[: len(body)]
    return (int.from_bytes(body) ^ int.from_bytes(key)).to_bytes(len(body))


def text(dice: Random) -> bytes:
    return client_frame(1, dice.choice(WORDS).encode())


def no_text(dice: Random) -> bytes:
    return client_frame(1, dice.choice([b"\xff", b"\xc3", b"ok\xe2\x82", b"\xed\xa0\x80"]))


def binary(dice: Random) -> bytes:
    return client_frame(2, dice.randbytes(dice.choice([0, 5, 200])))


def ping(dice: Random) -> bytes:
    return client_frame(dice.choice([9, 10]), dice.randbytes(dice.choice([0, 4, 125])))


def fragments(dice: Random) -> bytes:
    """A message in pieces, sometimes cut within a letter or with a ping between."""
    body = "zwölf Boxkämpfer €".encode() * dice.choice([1, 20])
    cuts = sorted(dice.sample(range(len(body)), dice.choice([1, 2])))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    made = [
        client_frame(0 if n else dice.choice([1, 2]), piece, fin=n == len(pieces) - 1)
        for n, piece in enumerate(pieces)
    ]
    return dice.choice([b"", ping(dice)]).join(made)


def unfinished(dice: Random) -> bytes:
    return client_frame(dice.choice([0, 1, 2]), b"part", fin=dice.choice([True, False]))


def goodbye(dice: Random) -> bytes:
    reason = dice.choice([b"", "tschüß".encode(), b"\xff"])
    code = dice.choice(CODES).to_bytes(2)
    return client_frame(8, dice.choice([b"", b"\x03", code + reason, code + reason]))


def wrong(dice: Random) -> bytes:
    """What breaks a rule of framing."""
    return dice.choice(
        [
            client_frame(1, b"bare", masked=False),
            client_frame(dice.choice([3, 7, 11, 15]), b"kind"),
            client_frame(dice.choice([1, 9]), b"bits", rsv=dice.choice([0x10, 0x20, 0x40])),
            client_frame(dice.choice([8, 9, 10]), b"long" * 40),
            client_frame(dice.choice([8, 9, 10]), b"part", fin=False),
            client_frame(1, b"x" * (MESSAGE_BYTES + 1))[: dice.choice([10, 14, 2_000])],
            client_frame(1, b"cut short")[:-3],
        ]
    )


def oddly_long(dice: Random) -> bytes:
    """A size in more bytes than it needs, which the library lets pass."""
    body, key = b"short", b"\x01\x02\x03\x04"
    sizes = [bytes((0xFE,)) + len(body).to_bytes(2), bytes((0xFF,)) + len(body).to_bytes(8)]
    return b"\x81" + dice.choice(sizes) + key + mask(body)


USUAL: Final[list[Callable[[Random], bytes]]] = [text, text, text, text, ping, ping]
UNUSUAL: Final[list[Callable[[Random], bytes]]] = [
    no_text, binary, fragments, unfinished, goodbye, goodbye, wrong, oddly_long
]  # fmt: skip


def sequence(dice: Random) -> list[bytes]:
    """Some frames, most of them as they should be."""
    kinds = dice.choices(
        USUAL + UNUSUAL, [4] * len(USUAL) + [1] * len(UNUSUAL), k=dice.randint(1, 9)
    )
    return [kind(dice) for kind in kinds]


def chunks(dice: Random, data: bytes) -> Iterator[bytes]:
    """The same bytes as the network may deliver them."""
    most = dice.choice([1, 3, 40, 1_500, len(data) or 1])
    at = 0
    while at < len(data):
        size = dice.randint(1, most if len(data) < 1_000 else max(most, 64))
        yield data[at : at + size]
        at += size
