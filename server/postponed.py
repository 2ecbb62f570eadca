"""Libraries that another one imports for what Heard does not do: loaded when they are asked for.

(PyJWT brings cryptography along: 9 MB of the 92 that a process has imported before it serves.)
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def postpone(name: str) -> None:
    """Let `import name` cost nothing, until something is taken from it.

    (importlib's LazyLoader loads at the second import, before Python 3.12.)"""
    stand_in = ModuleType(name)

    def taken(attribute: str) -> Any:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return getattr(import_module(name), attribute)

    stand_in.__getattr__ = taken  # type: ignore[method-assign]
    sys.modules.setdefault(name, stand_in)
