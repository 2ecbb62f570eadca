"""The pages' templates, and the names of the files they load.

Every file under web/static is asked for with its hash (`?v=`), so browsers may keep it for ever.
Scripts name each other by an import map, which is the one inline script of a page: its own hash
stands in the Content-Security-Policy.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson
from jinja2 import FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from server.money import shown
from server.routes import samples
from server.routes.catalogue import MOST, SOURCE, catalogue, speaking, tag, wished
from server.routes.lean import TOGETHER, travelling
from server.routes.translating import Translating
from server.routes.words import table

WEB: Final = Path(__file__).resolve().parents[2] / "web"
STATIC: Final = WEB / "static"
HASH_LENGTH: Final = 10
STAFF_PAGES: Final = {"Cache-Control": "private, no-cache"}
NEAR: Final = ("127.0.0.1", "localhost", "[::1]")
PUBLIC_SHEETS: Final = ("reset", "tokens", "base", "button", "field", "customer")
IMPORTED: Final = re.compile(r"^(?:import|export|\}) .*?'heard/(\w+)';$", re.MULTILINE)
THEMES: Final = ("auto", "light", "dark")


def page(
    request: Request[Any],
    name: str,
    context: Mapping[str, Any],
    status: int = 200,
    *,
    headers: Mapping[str, str] = STAFF_PAGES,
) -> HTMLResponse:
    """Answer with a template. Browsers keep it for Back, but ask before showing it again.

    It speaks the language of the locale in `lang`; where nobody is known, the browser's.
    """
    chosen = request.cookies.get("theme", "auto")
    theme = chosen if chosen in THEMES else "auto"
    locale = context.get("lang") or wished(request.headers.get("accept-language", ""))
    frame = {"theme": theme, "path": request.url.path, "insecure": insecure(request)}
    with speaking(locale) as language:
        template = environment(language).get_template(name)
        html = template.render({**context, **frame, "lang": tag(locale)})
    return HTMLResponse(html, status_code=status, headers=headers)


def translated(request: Request[Any], text: str) -> str:
    """A whole sentence in the language that the browser wishes."""
    return catalogue(wished(request.headers.get("accept-language", ""))).told(text)


def insecure(request: Request[Any]) -> bool:
    """Whether the page travels readable to another machine, where browsers also keep much off."""
    settings = request.scope.get("state", {}).get("settings")
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host")
    return settings is not None and not settings.secure and host not in NEAR


@lru_cache(maxsize=MOST)
def environment(language: str = SOURCE) -> Translating:
    """Jinja as our templates expect it; a name nobody gave is a mistake, not an empty text."""
    jinja = Translating(
        catalogue(language),
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.globals |= {
        "asset": asset,
        "build": build(),
        "import_map": Markup(import_map()),  # noqa: S704  # our own file names and hashes
        "modules": modules,
        "needed": needed,
        "samples": samples,
        "words": table(language),
        "sprite": Markup((STATIC / "icons" / "sprite.svg").read_text()),  # noqa: S704
        "symbols": symbols,
        "public_css": public_css,
    }
    jinja.filters |= {"block": block, "price": price, "pretty": pretty, "prose": samples.prose}
    return jinja


@lru_cache(maxsize=1)
def public_sheet() -> str:
    """The style of the public pages in one sheet: each request costs a slow phone dearly."""
    return "".join((STATIC / "css" / f"{name}.css").read_text() for name in PUBLIC_SHEETS)


def public_css() -> str:
    """Where that sheet is; another one has another address."""
    digest = hashlib.sha256(public_sheet().encode()).hexdigest()
    return f"/public.css?v={digest[:HASH_LENGTH]}"


def symbols(*names: str) -> Markup:
    """Only these icons of the sprite, for pages that have to be small."""
    lines = (STATIC / "icons" / "sprite.svg").read_text().splitlines()
    wanted = tuple(f'<symbol id="i-{name}"' for name in names)
    return Markup("".join(line for line in lines if line.startswith(wanted)))  # noqa: S704


@lru_cache(maxsize=256)
def asset(path: str) -> str:
    """The address of a static file, which changes when the file does."""
    text = travelling(STATIC, path) if path in TOGETHER else None
    body = (STATIC / path).read_bytes() if text is None else text.encode()
    return f"/static/{path}?v={hashlib.sha256(body).hexdigest()[:HASH_LENGTH]}"


@lru_cache(maxsize=1)
def modules() -> dict[str, str]:
    """What a script may import: `heard/<name>` for each of ours, `alpine` for Alpine."""
    ours = sorted((STATIC / "js").glob("*.js"))
    return {f"heard/{file.stem}": asset(f"js/{file.name}") for file in ours} | {
        "alpine": asset("vendor/alpine-csp.js")
    }


@lru_cache(maxsize=32)
def needed(entry: str) -> list[str]:
    """The modules that a script imports, and those they import; not what is loaded when wanted."""
    known, found, asked = modules(), [entry], 0
    while asked < len(found):
        text = (STATIC / "js" / f"{found[asked]}.js").read_text()
        found += [name for name in IMPORTED.findall(text) if name not in found]
        asked += 1
    return [known["alpine"], *(known[f"heard/{name}"] for name in dict.fromkeys(found))]


@lru_cache(maxsize=1)
def import_map() -> str:
    """The import map of every page."""
    return orjson.dumps({"imports": modules()}).decode()


def import_map_hash() -> str:
    """What the Content-Security-Policy says of the import map: sha256-…"""
    digest = hashlib.sha256(import_map().encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@lru_cache(maxsize=1)
def build() -> str:
    """The name of this build of the pages; an open page with another one is told to reload."""
    digest = hashlib.sha256()
    for file in sorted(path for path in WEB.rglob("*") if path.is_file()):
        digest.update(file.relative_to(WEB).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:HASH_LENGTH]


def block(value: Any) -> Markup:
    """JSON inside a <script>: nothing in it can end the script. Raw bytes pass as they are."""
    text = orjson.dumps(value, default=fragment).decode()
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704


def fragment(value: Any) -> Any:
    """JSON that is ready-made goes in as it is."""
    if isinstance(value, bytes):
        return orjson.Fragment(value)
    raise TypeError


def price(money: Mapping[str, Any], locale: str) -> str:
    """An amount as it is written on a page."""
    return shown(money["amount"], money["currency"], locale)


def pretty(value: Any) -> str:
    """JSON as people read it."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
