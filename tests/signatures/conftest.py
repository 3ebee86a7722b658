"""Time that a test moves, and a browser session that signs through REST."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from qms.demo.cast import PASSWORD
from qms.lib import clock


class Clock:
    """Stands until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(clock, "now", found)
    return found


class Signer:
    """A person in a browser who signs the board's decision through REST."""

    def __init__(self, username: str, **extra: Any) -> None:
        self.username, self.client = username, Client(**extra)
        self.log_in()

    def log_in(self) -> None:
        answer = self.client.post("/login", {"username": self.username, "password": PASSWORD})
        assert answer.status_code == 302

    def sign(self, record: Any, step: str = "approve", *, body: dict[str, Any] | None = None, **given: Any) -> Any:
        record.refresh_from_db()
        return self.client.post(
            f"/api/v1/ncrs/{record.number}/{step}",
            json.dumps({"signature": given, **(body or {})}),
            content_type="application/json",
            headers={"If-Match": f'"{record.version}"'},
        )

    def whole(self, record: Any, **more: Any) -> Any:
        return self.sign(record, username=self.username, password=PASSWORD, **more)

    def short(self, record: Any, **more: Any) -> Any:
        return self.sign(record, password=PASSWORD, **more)


@pytest.fixture
def signer(db: None) -> Callable[..., Signer]:
    return Signer
