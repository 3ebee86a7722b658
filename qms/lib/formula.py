"""Arithmetic over named numbers, exact as far as decimals are: (b1 + b2) / 2, max(b3, b4) - b5, sqrt(b1 * b1 + b2 * b2).

Names, numbers, + - * /, brackets and a few functions: nothing else is read, and nothing is executed but that.
"""

import ast
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

LONGEST, DEEPEST = 400, 30
DIGITS = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
EXACT = Context(prec=28)
FUNCTIONS: dict[str, Callable[..., Decimal]] = {"min": min, "max": max, "abs": abs, "sqrt": EXACT.sqrt}
ONE = ("abs", "sqrt")  # functions of a single number
OPERATORS: dict[type, Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: EXACT.add,
    ast.Sub: EXACT.subtract,
    ast.Mult: EXACT.multiply,
    ast.Div: EXACT.divide,
}


class Wrong(ValueError):
    """Not arithmetic; `part` is what could not be read."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class Mixed(ValueError):
    """Two quantities that cannot be added or compared; `part` is where."""

    def __init__(self, first: Mapping[str, Fraction], second: Mapping[str, Fraction], part: str) -> None:
        super().__init__(part)
        self.first, self.second, self.part = first, second, part


@dataclass(frozen=True)
class Formula:
    text: str
    names: frozenset[str]
    tree: ast.expr

    def value(self, values: Mapping[str, Decimal]) -> Decimal:
        """Raises KeyError for a name without a value and ArithmeticError where there is no result (a division by zero)."""
        return _value(self.tree, values)


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> Formula:
    """Raises Wrong with the part that cannot be read."""
    if not text.strip() or len(text) > LONGEST:
        raise Wrong(text[:40])
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Wrong(text[:40]) from None
    names: set[str] = set()
    _read(tree, names, text.strip(), 0)
    return Formula(text, frozenset(names), tree)


def _read(node: ast.expr, names: set[str], text: str, depth: int) -> None:
    if depth > DEEPEST:
        raise Wrong(text[:40])
    for inner in _parts(node, names, text):
        _read(inner, names, text, depth + 1)


def _parts(node: ast.expr, names: set[str], text: str) -> Sequence[ast.expr]:
    """What a part is made of; none of a name or a number, which is taken down."""
    match node:
        case ast.Name(id=name):
            names.add(name)
            return ()
        case ast.Constant():
            node.kind = ast.get_source_segment(text, node) or ""  # the digits as written, never the binary fraction
            if DIGITS.fullmatch(node.kind):
                return ()
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=inner):
            return (inner,)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return (left, right)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if _takes(name, len(args)):
            return args
    raise Wrong(ast.get_source_segment(text, node) or text[:40])


def _takes(name: str, count: int) -> bool:
    return name in FUNCTIONS and (count == 1 if name in ONE else count >= 1)


def _value(node: ast.expr, values: Mapping[str, Decimal]) -> Decimal:
    match node:
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(kind=str() as digits):
            return Decimal(digits)
        case ast.UnaryOp(op=op, operand=inner):
            found = _value(inner, values)
            return -found if isinstance(op, ast.USub) else found
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*(_value(inner, values) for inner in args))
    raise Wrong(ast.dump(node))


# --- what a formula gives ------------------------------------------------------------------------------------------------

Powers = dict[str, Fraction]


def powers(formula: Formula, kinds: Mapping[str, str]) -> Powers | None:
    """The dimension of the result: {"length": 2} for an area; {} for a plain number of quantities, None for one of digits alone.

    `kinds`: name → dimension, "" for a plain number. Digits fit whatever they are added to. Raises Mixed.
    """
    return _powers(formula.tree, kinds)


def _powers(node: ast.expr, kinds: Mapping[str, str]) -> Powers | None:
    match node:
        case ast.Name(id=name):
            return {kinds[name]: Fraction(1)} if kinds[name] else {}
        case ast.UnaryOp(operand=inner):
            return _powers(inner, kinds)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return _alike([left, right], node, kinds)
        case ast.BinOp(left=left, op=op, right=right):
            return _times(_powers(left, kinds), _powers(right, kinds), -1 if isinstance(op, ast.Div) else 1)
        case ast.Call(func=ast.Name(id="sqrt"), args=[inner]):
            found = _powers(inner, kinds)
            return found and {kind: power / 2 for kind, power in found.items()}
        case ast.Call(args=args):
            return _alike(args, node, kinds)
    return None


def _alike(parts: Sequence[ast.expr], node: ast.expr, kinds: Mapping[str, str]) -> Powers | None:
    found = [one for part in parts if (one := _powers(part, kinds)) is not None]
    for other in found:
        if other != found[0]:
            raise Mixed(found[0], other, ast.unparse(node))
    return found[0] if found else None


def _times(left: Powers | None, right: Powers | None, sign: int) -> Powers | None:
    if left is None and right is None:
        return None
    total = dict(left or {})
    for kind, power in (right or {}).items():
        total[kind] = total.get(kind, Fraction()) + sign * power
    return {kind: power for kind, power in total.items() if power}
