from typing import Any

import pytest

from tests.erp import erp
from tests.fakes.erp import FakeErp

__all__ = ["erp"]


@pytest.fixture
def erp_fake(monkeypatch: pytest.MonkeyPatch) -> FakeErp:
    """An ERP in memory, known as the adapter "fake"."""
    from connectors import registry

    made = FakeErp()
    monkeypatch.setitem(registry.ADAPTERS, "fake", made)
    return made


@pytest.fixture
def interface(people: dict[str, Any], erp_fake: FakeErp) -> Any:
    """A live interface `erp` to the fake, at the integration owner's first site."""
    from connectors import actions
    from qms import journal

    owner = people["integration"]
    made, _changed = actions.connect(
        code="erp", name="ERP", kind="erp", adapter="fake", base_url="http://127.0.0.1:1", settings={}, secrets={},
        site=owner.grants.order_by("pk")[0].site, mode="live", owner=owner, by=journal.SYSTEM,
    )  # fmt: skip
    return made
