"""Jinja in one language: what a page says whatever it shows is put into the template beforehand."""

from typing import Any, Final

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from server.routes.catalogue import Catalogue

ASKING: Final = ("_", "gettext")


class Translating(Environment):
    """An environment whose templates speak a language, and cost no more than in English."""

    def __init__(self, catalogue: Catalogue, **options: Any) -> None:
        super().__init__(extensions=["jinja2.ext.i18n"], **options)
        self.catalogue = catalogue
        self.install_gettext_callables(  # type: ignore[attr-defined]  # the extension's
            catalogue.told, catalogue.counted, newstyle=True
        )
        self.globals["direction"] = catalogue.direction

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        *rest: Any,
        **more: Any,
    ) -> str:
        """Write a template's program: a hook that Jinja keeps for this."""
        return super()._generate(Told(self.catalogue).visit(source), name, filename, *rest, **more)


class Told(NodeTransformer):
    """Says what is asked for without values."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # the visitor's way
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name in ASKING):
            return node
        if node.kwargs or len(node.args) != 1 or not isinstance(node.args[0], nodes.Const):
            return node
        told = self.catalogue.told(node.args[0].value).replace("%%", "%")
        return nodes.Const(Markup(told), lineno=node.lineno)  # noqa: S704  # from our own files
