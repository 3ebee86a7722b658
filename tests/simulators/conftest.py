import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.running import KEY, Panel, simulator


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulators") / "key"
    path.write_text(KEY)
    return path


@pytest.fixture(scope="module")
def erp(key: Path) -> Iterator[Panel]:
    with simulator("erp", "--key-file", str(key), "--seed", "1") as panel:
        yield panel


@pytest.fixture
def connected(erp: Panel, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The interface as the demo plant makes it, in the test's own database."""
    from connectors.models import Interface
    from qms.accounts.models import User
    from qms.demo import simulators

    settings.VAR = tmp_path
    (tmp_path / "simulators").mkdir()
    (tmp_path / "simulators" / "key").write_text(KEY)
    monkeypatch.setenv("QMS_SIMULATOR_URLS", json.dumps({"erp": erp.url}))
    simulators.ensure(owner=User.objects.get(username="integration"))
    erp.off()
    return Interface.objects.get(code="erp-sim")
