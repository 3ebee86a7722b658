from typing import Any

import pytest
from django.db import connection

from qms.journal import sealing
from tests.databases import use_login


@pytest.fixture
def seal() -> Any:
    """The sealer's daemon does not run here: `seal()` seals what is committed. Asks for `own_database`."""

    def run() -> None:
        connection.close()
        use_login("sealer")
        sealing.lead()
        sealing.prepare()
        while sealing.seal_once():
            pass
        connection.close()
        use_login("app")

    return run
