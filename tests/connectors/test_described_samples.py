"""What the adapters ask and what they read, held still: replayed against what was recorded from the fakes, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.record_described import all_of_them
from tests.connectors.replay import SAMPLES, replay


@pytest.mark.parametrize("made", all_of_them(), ids=lambda made: made[0])
def test_every_sample_comes_out_the_same(made: Any) -> None:
    name, adapter, settings, moves, _fake = made
    for of in adapter.objects:
        replay(f"{name}/{of}", adapter.pull(of, None, settings))
    for move in moves:
        replay(f"{name}/{move.kind.value.lower()}", adapter.post(move, settings))
    told = " ".join(path.read_text().lower() for path in (SAMPLES / name).iterdir())
    assert "bearer" not in told and settings.get("rest_key", "the-password") not in told
