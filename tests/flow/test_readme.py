"""What the documents tell people to type does what they say."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx2
import pytest

from server.environment import ROOT
from server.settings import Settings
from tests.flow.documents import DOCUMENTS, block_with, blocks, commands, rows
from tests.flow.person import Person
from tests.flow.programs import Program, Web, chosen, environment
from tests.flow.up import Up
from tests.servers import PostgreSQL

HERE: Final = (
    r"python3 -m server up",  # the fixture `demo`, and tests/flow/test_tls.py
    r"python3 -m server up --lan",  # tests/flow/test_lan.py
    r"python3 -m server simulate .*",
    r"KEY=.*",
    r"curl .*",
    r"export \w+=.*",
    r"python3 -m server (migrate|web|worker)",
)
ELSEWHERE: Final = {
    "python3 -m server test": "it runs these tests",
    "make check": "`python3 -m server test` begins with it",
}
PLACEHOLDERS: Final = {
    " E": " zoe@tests.example",
    " R": " admin",
    " [FILE]": " --count 5 --rate 0",
    " LANGUAGE": " de",
}
PASSWORD: Final = "sung aloud by nobody"
SAYS: Final = {
    "migrate": "revision",
    "seed": "admin@demo.example",
    "restore": "numbered anew",
    "doctor": "ok",
    "simulate": "5 orders placed",
    "key": "heard_",
    "user": "zoe@tests.example may sign in",
    "texts": '"Sign in": ""',
}


def test_every_command_of_the_documents_is_run() -> None:
    found = {c for document in DOCUMENTS for block in blocks(document) for c in commands(block)}

    known = re.compile("|".join(HERE))
    assert {c for c in found if not known.fullmatch(c)} == set(ELSEWHERE)
    unfinished = {row.split()[3] for row in rows()} - set(SAYS)
    assert unfinished == {"up", "web", "worker", "check", "test"}


def test_make_knows_the_commands_by_short_names() -> None:
    recipes = dict(re.findall(r"^(\w+):.*\n\t(.+)$", (ROOT / "Makefile").read_text(), re.M))

    for target, command in (("run", "up"), ("check", "check"), ("test", "test")):
        assert recipes[target] == f"python3 -m server {command}"
    told = {t for d in DOCUMENTS for t in re.findall(r"make (\w+)", "\n".join(blocks(d)))}
    assert told <= set(recipes)


def test_orders_come_in_as_the_readme_says(demo: Up, tmp_path: Path) -> None:
    [simulate] = commands(block_with("simulate"))

    said = typed(f"{simulate} --rate 0", demo, tmp_path)

    count = re.search(r"--count (\d+)", simulate)
    assert count
    assert f"{count[1]} orders placed, 0 known before, 0 refused" in " ".join(said.split())


def test_the_example_places_an_order(demo: Up, tmp_path: Path) -> None:
    text = block_with("curl").replace("127.0.0.1:8000", f"127.0.0.1:{demo.port}")

    card = json.loads(typed(text, demo, tmp_path))

    assert (card["stage"], card["lines"][0]["quantity"]) == ("pending", 2)


@pytest.mark.parametrize("row", [row for row in rows() if row.split()[3] in SAYS])
async def test_a_command_of_the_table_works_beside_a_running_up(
    demo: Up, tmp_path: Path, row: str
) -> None:
    name = row.split()[3]
    for placeholder, value in PLACEHOLDERS.items():
        row = row.replace(placeholder, value)

    said = typed(row + (f" --password '{PASSWORD}'" if name == "user" else ""), demo, tmp_path)

    assert SAYS[name] in said
    if name == "user":
        async with Person.at(demo.url) as zoe:
            assert (await zoe.sign_in("zoe", PASSWORD)).status_code == 303


def test_many_processes_run_as_the_readme_says(
    postgresql_server: PostgreSQL, valkey_url: str, tmp_path: Path
) -> None:
    lines = commands(block_with("export DATABASE_URL"))
    told = dict(line.removeprefix("export ").split("=", 1) for line in lines if "=" in line)
    assert set(told) <= {name.upper() for name in Settings.model_fields}
    assert chosen(told).url == told["PUBLIC_URL"]
    here = {"DATABASE_URL": postgresql_server.create_database(), "REDIS_URL": valkey_url}
    settings = {**told, **here, "VAR_DIR": str(tmp_path)}
    migrate, web, worker = [line for line in lines if line.startswith("python3 -m")]

    assert "revision" in sh(migrate, settings, tmp_path)
    with (
        closing(Web(web.split()[2:], settings, tmp_path / "web.log")) as serving,
        closing(Program(worker.split()[2:], settings, tmp_path / "worker.log")) as working,
    ):
        for program in (serving, working):
            program.start()
        serving.wait_until_ready()
        working.wait(lambda: workers(serving) == 1)
        assert [serving.stop(), working.stop()] == [0, 0]


def workers(web: Web) -> int:
    """How many it hears."""
    return int(httpx2.get(f"{web.url}/readyz", timeout=5, trust_env=False).json()["workers"])


def typed(text: str, up: Up, directory: Path) -> str:
    """What a shell answers to it, beside `up`."""
    return sh(text, {**up.settings, "PORT": up.port}, directory)


def sh(text: str, settings: Mapping[str, str], directory: Path) -> str:
    """What a shell says that has our Python as `python3`, and a curl."""
    if not shutil.which("curl"):
        curl = directory / "curl"
        curl.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.flow.curl "$@"\n')
        curl.chmod(0o755)
    path = os.pathsep.join([str(Path(sys.executable).parent), str(directory), os.environ["PATH"]])
    done = subprocess.run(
        ["/bin/sh", "-ec", text],
        cwd=ROOT,
        env=environment(**{**settings, "PATH": path}),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
