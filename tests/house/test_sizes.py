"""Budgets of architecture.md §7: what is too long to read is too long to trust."""

import ast

from .source import PLACES, ROOT, Module, line_of, modules

FILE, FUNCTION, NESTING, TEMPLATE = 400, 50, 3, 160
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)
OPENING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def sized() -> list[Module]:
    """Migrations are as Django writes them."""
    return [m for m in modules(PLACES) if "/migrations/" not in m.path]


def test_no_file_is_longer_than_its_budget():
    assert [f"{m.path}: {m.lines}" for m in sized() if m.lines > FILE] == []


def test_no_function_is_longer_than_its_budget():
    long = [
        f"{line_of(m, f)} {f.name}: {f.end_lineno - f.lineno + 1}"
        for m in sized()
        for f in m.functions()
        if f.end_lineno - f.lineno + 1 > FUNCTION
    ]
    assert long == []


def test_no_function_nests_deeper_than_three():
    program = [m for m in sized() if not m.path.startswith("tests/")]
    assert [f"{line_of(m, f)} {f.name}" for m in program for f in m.functions() if depth(f.body) > NESTING] == []


def depth(body: list[ast.stmt]) -> int:
    """Blocks within blocks; an `elif` stands beside its `if`, and a function within starts anew."""
    return max((_depth(node) for node in body), default=0)


def _depth(node: ast.stmt) -> int:
    if isinstance(node, OPENING) or not isinstance(node, BLOCKS):
        return 0
    inner = [list(node.body)] if not isinstance(node, ast.Match) else [case.body for case in node.cases]
    for handler in getattr(node, "handlers", []):
        inner.append(handler.body)
    inner.append(getattr(node, "finalbody", []))
    rest = getattr(node, "orelse", [])
    is_elif = isinstance(node, ast.If) and len(rest) == 1 and isinstance(rest[0], ast.If)
    beside = _depth(rest[0]) if is_elif else 0
    if not is_elif:
        inner.append(rest)
    return max(beside, 1 + max(depth(part) for part in inner))


def test_no_template_is_longer_than_its_budget():
    paths = [p for place in ("templates", "qms", "ncr", "connectors") for p in (ROOT / place).rglob("*.html")]
    assert paths
    assert [p.name for p in paths if p.read_text().count("\n") > TEMPLATE] == []
