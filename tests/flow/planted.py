"""Contact data planted in every place where a customer or a cook can leave it."""

from typing import Any, Final

EMAIL: Final = "canary@planted.example"
PHONE: Final = "+358407654321"
SPOKEN: Final = f"ring +358 40 765 4321 or write to {EMAIL}"
LANE: Final = "Plantain Lane"
WORDS: Final = ("canary", "@", "7654321", "765 4321", LANE)
BYTES: Final = tuple(word.encode() for word in WORDS)


def planted(number: int) -> dict[str, Any]:
    """What an order says about its customer."""
    return {
        "customer": {"name": f"Maria {number} {EMAIL}", "email": EMAIL, "phone": PHONE},
        "destination": f"{LANE} {number}",
        "instructions": SPOKEN,
        "lines": [
            {"name": "Burger", "quantity": 1, "unit_price": 850, "note": SPOKEN},
            {"name": "Cola", "quantity": 2, "unit_price": 350},
        ],
    }


def leaks(frame: str | bytes) -> bool:
    """Whether any of it is in what an audience was sent."""
    if isinstance(frame, bytes):
        return any(word in frame for word in BYTES)
    return any(word in frame for word in WORDS)
