"""A row that is only read: what it has found out once, it does not ask the database again.

A page asks the same of its record many times (guards, menu, matrix); an act works on the locked row and never marks it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Row = TypeVar("Row")
Answer = TypeVar("Answer")
ANSWERS = "_answers"


def for_reading(row: Row) -> Row:
    """Marks the row; from now on its `once` methods answer from memory."""
    row.__dict__.setdefault(ANSWERS, {})
    return row


def once(method: Callable[[Any], Answer]) -> Callable[[Any], Answer]:
    """A method without arguments, asked once per marked row. Callers do not change what it answers."""

    @wraps(method)
    def ask(self: Any) -> Answer:
        answers = self.__dict__.get(ANSWERS)
        if answers is None:
            return method(self)
        if method.__name__ not in answers:
            answers[method.__name__] = method(self)
        found: Answer = answers[method.__name__]
        return found

    return ask
