"""What a real Tryton 8.2 answered, replayed both ways."""

from __future__ import annotations

import pytest

from connectors.adapters.tryton import Tryton
from tests.connectors.record_tryton import HOLD, SETTINGS
from tests.connectors.replay import SAMPLES, replay


@pytest.mark.parametrize("name", Tryton.objects)
def test_pull(name: str) -> None:
    replay(f"tryton/{name}", Tryton().pull(name, None, SETTINGS))


def test_hold() -> None:
    replay("tryton/hold", Tryton().post(HOLD, SETTINGS))


def test_no_secret_is_in_the_samples() -> None:
    for path in (SAMPLES / "tryton").iterdir():
        text = path.read_text().lower()
        assert "bearer" not in text and "password" not in text
