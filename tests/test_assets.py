"""The files that pages load: vetted, small, ours, and named by their hash."""

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Final

import pytest

from server.routes import templates
from server.routes.lean import travelling
from server.routes.templates import STATIC, WEB

KIB: Final = 1024
VENDOR: Final = STATIC / "vendor"
SCRIPTS: Final = sorted((STATIC / "js").glob("*.js"))
SHEETS: Final = sorted((STATIC / "css").glob("*.css"))
SPRITE: Final = (STATIC / "icons" / "sprite.svg").read_text()


def sent(address: str) -> bytes:
    """What travels for an address, in bytes before they are zipped."""
    path = address.removeprefix("/static/").partition("?")[0]
    text = travelling(STATIC, path)
    return (STATIC / path).read_bytes() if text is None else text.encode()


def zipped(addresses: list[str]) -> int:
    return sum(len(gzip.compress(sent(address), 9)) for address in addresses)


def test_vendored_files_are_the_vetted_ones() -> None:
    wanted = json.loads((WEB / "vendor.json").read_text())["packages"]
    manifest = json.loads((VENDOR / "manifest.json").read_text())

    for name, package in wanted.items():
        assert manifest[name]["version"] == package["version"]
        assert set(manifest[name]["files"]) == set(package["files"].values())
    for package in manifest.values():
        for file, said in package["files"].items():
            digest = hashlib.sha384((VENDOR / file).read_bytes()).digest()
            assert said == f"sha384-{base64.b64encode(digest).decode()}", file


def test_nothing_else_is_vendored() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    listed = {file for package in manifest.values() for file in package["files"]}

    assert {file.name for file in VENDOR.iterdir()} - listed == {"manifest.json"}


def test_the_board_weighs_what_it_may() -> None:
    assert zipped(templates.needed("board")) <= 70 * KIB
    assert zipped([templates.asset("css/app.css")]) <= 12 * KIB
    assert len(sent("css/app.css")) <= 40 * KIB
    assert len(SPRITE) <= 12 * KIB


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_what_travels_has_the_same_lines_without_comments(file: Path) -> None:
    whole, lean_ = file.read_text(), sent(f"js/{file.name}").decode()

    kept = [line.strip() for line in whole.splitlines()]
    assert len(lean_.splitlines()) == len(kept)
    for line, was in zip(lean_.splitlines(), kept, strict=True):
        assert line in ("", was, was.rpartition(" // ")[0].rstrip())
        assert line or not was or was.startswith(("/*", "*", "//"))


def test_no_script_has_a_text_of_several_lines() -> None:
    for file in SCRIPTS:  # its indentation would be lost on the way
        for line in re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL).splitlines():
            code = line.partition("// ")[0]
            assert code.count("`") % 2 == 0, f"{file.name}: {line}"


@pytest.mark.parametrize("file", [*SCRIPTS, *SHEETS], ids=lambda file: file.name)
def test_no_file_is_long(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 200


def test_no_file_of_ours_names_another_host() -> None:
    own = [f for f in WEB.rglob("*") if f.suffix in (".html", ".css", ".js") and f.parent != VENDOR]
    addresses = {
        f.name: re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]+", f.read_text()) for f in own
    }

    assert {name: found for name, found in addresses.items() if found} == {}


def test_no_template_needs_what_the_policy_forbids() -> None:
    for template in (WEB / "templates").rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle=|\son\w+=|x-html|<style", text), template.name
        inline = [s for s in re.findall(r"<script([^>]*)>", text) if "src=" not in s]
        assert all('type="importmap"' in s or 'type="application/json"' in s for s in inline)


def test_every_module_that_is_imported_is_there() -> None:
    known = templates.modules()

    for script in SCRIPTS:
        for name in re.findall(r"from '([^']+)'", script.read_text()):
            assert name in known, f"{script.name} imports {name}"


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="i-([\w-]+)"', SPRITE))
    words = json.loads((WEB / "words.json").read_text())
    named = set(words["icons"].values())
    for file in [*SCRIPTS, *(WEB / "templates").rglob("*.html")]:
        text = file.read_text()
        named |= set(re.findall(r"#i-([\w-]+)", text))
        named |= set(re.findall(r'icon\("([\w-]+)"\)', text))

    assert named - drawn == set()
    assert drawn - named <= USED_BY_NAME, "drawn for nobody"


USED_BY_NAME: Final = {
    # told apart by what they stand for, in app.js, menu.js and strip.js
    *(
        "live slow polling cut again auto sun moon oldest newest copy document clock alert "
        "print note pause".split()
    ),
}


def test_addresses_change_with_the_file() -> None:
    digest = hashlib.sha256((STATIC / "css" / "row.css").read_bytes()).hexdigest()

    assert templates.asset("css/row.css") == f"/static/css/row.css?v={digest[:10]}"


def test_the_policy_names_the_import_map() -> None:
    digest = hashlib.sha256(templates.import_map().encode()).digest()

    assert templates.import_map_hash() == f"sha256-{base64.b64encode(digest).decode()}"
    assert json.loads(templates.import_map())["imports"]["heard/board"].startswith("/static/js/")
