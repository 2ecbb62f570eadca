"""What is postponed weighs nothing until it is used, and then it is there."""

import subprocess
import sys
from typing import Final

HEAVY: Final = "cryptography.hazmat.bindings._rust"


def said(program: str) -> str:
    """What a program in a process of its own prints."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def loaded(before: str) -> bool:
    """Whether the web process loads what is heavy."""
    return (
        said(f"import sys\n{before}\nimport server.app\nprint('{HEAVY}' in sys.modules)")
        == "True\n"
    )


def test_the_web_process_does_not_load_what_reads_certificates() -> None:
    assert loaded("") is True
    assert loaded("from server.postponed import postpone; postpone('jwt')") is False


def test_what_was_postponed_works_when_it_is_asked_for() -> None:
    program = """
from server.postponed import postpone
postpone("jwt")
import jwt
from jwt import decode
key = "k" * 32
print(decode(jwt.encode({"sub": "ana"}, key), key, ["HS256"])["sub"], jwt.__name__)
import jwt as again
print(again.encode is jwt.encode)
"""

    assert said(program) == "ana jwt\nTrue\n"
