"""The house's own source, parsed once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("qms", "ncr", "inspection", "suppliers", "capa", "connectors")
PLACES = (*APPS, "tests", "scripts")


@dataclass(frozen=True)
class Module:
    path: str  # relative, with slashes
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def room(self) -> str:
        """views, actions, api …: the file or the package below the app."""
        parts = self.path.removesuffix(".py").split("/")
        return parts[2] if parts[0] == "qms" and len(parts) > 2 else parts[1] if len(parts) > 1 else parts[0]

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        yield from (n for n in ast.walk(self.tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))


@cache
def modules(places: tuple[str, ...] = APPS) -> tuple[Module, ...]:
    found = []
    for place in places:
        for path in sorted((ROOT / place).rglob("*.py")):
            text = path.read_text()
            found.append(Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)


def shipped() -> tuple[Module, ...]:
    """Our program without migrations."""
    return tuple(m for m in modules() if "/migrations/" not in m.path)


def line_of(module: Module, node: ast.AST) -> str:
    return f"{module.path}:{getattr(node, 'lineno', 0)}"


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else node.attr
    return ""
