"""The locks: complete, hashed, and silent about where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
POSTGRES = PROJECT["project"]["optional-dependencies"]["postgres"]
RUNTIME = [*PROJECT["project"]["dependencies"], *POSTGRES]
TESTS = [*RUNTIME, *PROJECT["dependency-groups"]["test"]]


def pins(lock: Path) -> dict[str, Version]:
    found = re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^ ;\\]+)", lock.read_text(), re.MULTILINE)
    return {name: Version(version) for name, version in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host(lock: Path) -> None:
    assert "://" not in lock.read_text()
    assert not re.search(r"^\s*--(?!hash)", lock.read_text(), re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_is_hashed(lock: Path) -> None:
    blocks = re.split(r"\n(?=\S)", lock.read_text().strip())

    assert len(blocks) == len(pins(lock))
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(("lock", "wanted"), [("runtime.txt", RUNTIME), ("test.txt", TESTS)])
def test_every_requirement_is_met_by_a_pin(lock: str, wanted: list[str]) -> None:
    pinned = pins(ROOT / "requirements" / lock)
    requirements = [Requirement(line) for line in wanted]

    unmet = [
        str(requirement)
        for requirement in requirements
        if not requirement.specifier.contains(pinned[requirement.name.lower()], prereleases=True)
    ]
    assert unmet == []


def test_the_lock_for_tests_holds_the_one_for_running() -> None:
    running, testing = (pins(ROOT / "requirements" / name) for name in ("runtime.txt", "test.txt"))

    assert running.items() <= testing.items()
