"""Fetch the third-party front-end files that vendor.json names, check them, and make the icons.

`make vendor` runs this where npm is at hand; the files it writes are committed, so that nobody who
runs or tests Heard needs npm. tests/test_assets.py re-hashes them without a network.
"""

import base64
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

WEB = Path(__file__).resolve().parent
VENDOR = WEB / "static" / "vendor"
SPRITE = WEB / "static" / "icons" / "sprite.svg"
DRAWN = WEB / "icons"


def main() -> None:
    """Fetch every package, copy the listed files, write the sprite and the manifest."""
    wanted = json.loads((WEB / "vendor.json").read_text())["packages"]
    VENDOR.mkdir(parents=True, exist_ok=True)
    symbols = {path.stem: shapes(path.read_text()) for path in DRAWN.glob("*.svg")}
    for name, package in wanted.items():
        with tempfile.TemporaryDirectory() as folder:
            tree = fetch(name, package, Path(folder))
            for source, target in package["files"].items():
                (VENDOR / target).write_bytes((tree / source).read_bytes())
            for symbol, icon in package.get("icons", {}).items():
                symbols[symbol] = shapes((tree / "icons" / f"{icon}.svg").read_text())
    SPRITE.write_text(sprite(symbols))
    manifest = {name: entry(package) for name, package in wanted.items()}
    manifest["icons"] = {"files": {"../icons/sprite.svg": integrity(SPRITE.read_bytes())}}
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def fetch(name: str, package: dict[str, Any], folder: Path) -> Path:
    """Download one package with npm, check its hash, unpack it."""
    asked = ["npm", "pack", f"{name}@{package['version']}", "--json", "--ignore-scripts"]
    answer = subprocess.run(asked, cwd=folder, check=True, capture_output=True, text=True)
    archive = folder / json.loads(answer.stdout)[0]["filename"]
    if integrity(archive.read_bytes(), "sha512") != package["integrity"]:
        raise SystemExit(f"{name} {package['version']} is not the file that was vetted")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def entry(package: dict[str, Any]) -> dict[str, Any]:
    """What the manifest says of one package."""
    files = {name: integrity((VENDOR / name).read_bytes()) for name in package["files"].values()}
    return {"version": package["version"], "licence": package["licence"], "files": files}


def integrity(content: bytes, algorithm: str = "sha384") -> str:
    """The hash of a file as browsers and npm write it."""
    digest = hashlib.new(algorithm, content).digest()
    return f"{algorithm}-{base64.b64encode(digest).decode()}"


def shapes(svg: str) -> str:
    """What is drawn inside an SVG file, on one line."""
    inner = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
    inner = re.sub(r"^.*?<svg[^>]*>|</svg>.*$", "", inner, flags=re.S)
    return re.sub(r"\s*/>", "/>", re.sub(r"\s*\n\s*", "", inner)).strip()


def sprite(symbols: dict[str, str]) -> str:
    """All icons as one file; strokes and sizes come from the page's CSS."""
    drawn = [
        f'<symbol id="i-{name}" viewBox="0 0 24 24">{symbol}</symbol>'
        for name, symbol in sorted(symbols.items())
    ]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(drawn) + "\n</svg>\n"


if __name__ == "__main__":
    main()
