"""The commands that the documents tell people to type."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.environment import ROOT

DOCUMENTS: Final = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "THIRD_PARTY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
HOP: Final = re.compile(r"^ ?\d+ ")
COMMENT: Final = re.compile(r"\s+#.*$", re.M)
ROW: Final = re.compile(r"^\| `(python3 -m server [^`]+)` \|", re.M)


def blocks(document: Path) -> Iterator[str]:
    """The fenced blocks of a document that hold commands, without their comments."""
    for language, text in FENCE.findall(document.read_text()):
        if language in ("", "sh", "console") and not HOP.match(text):
            yield COMMENT.sub("", text)


def commands(block: str) -> list[str]:
    """Each command on a line of its own, however many lines it takes there."""
    return block.replace("\\\n", " ").strip().splitlines()


def block_with(words: str) -> str:
    """The one block of the README in which these words stand."""
    [found] = [block for block in blocks(ROOT / "README.md") if words in block]
    return found


def rows() -> list[str]:
    """The commands of the README's table."""
    return ROW.findall((ROOT / "README.md").read_text())
