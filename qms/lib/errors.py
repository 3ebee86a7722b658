"""Anticipated refusals. Each says what, why and what to do, in the reader's language.

`status` is the HTTP status of REST and of pages alike; `code` is stable and ASCII.
"""

from collections.abc import Sequence
from typing import Any


class Refusal(Exception):
    status = 400
    code = "refused"

    def __init__(self, message: Any, *, hint: Any = "", field: str = "", code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.message, self.hint, self.field = message, hint, field
        self.code = code or self.code
        self.status = status or self.status

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Invalid(Refusal):
    status, code = 422, "invalid"


class Forbidden(Refusal):
    status, code = 403, "forbidden"


class SignatureRefused(Forbidden):
    code = "signature_refused"


class Missing(Refusal):
    status, code = 404, "missing"


class Conflict(Refusal):
    """The record changed since it was read. `changes` is [(who, when, field, old, new)]."""

    status, code = 409, "conflict"

    def __init__(self, message: Any, *, changes: Sequence[Any] = (), **rest: Any) -> None:
        super().__init__(message, **rest)
        self.changes = list(changes)


class NotNow(Refusal):
    """A part we need is away; the caller may try again after `retry_after` seconds."""

    status, code = 503, "not_now"

    def __init__(self, message: Any, *, retry_after: int = 5, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.retry_after = retry_after
