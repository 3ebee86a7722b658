"""A machine with a token, and the events that it sends. Import `mes` and `mes_interface` where they are wanted."""

import json
import uuid
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

EVENTS = "/api/v1/mes/events"


def event(**data: Any) -> dict[str, Any]:
    known = {
        "nc_code": "DIM-OUT",
        "part": "RM-TI64-B25",
        "lot": "LOT-26-0001",
        "quantity": {"affected": 5, "unit": "m"},
    }
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "mes-aug",
        "type": "mes.defect.logged",
        "time": "2026-05-04T08:15:00+02:00",
        "data": {**known, **data},
    }


class Mes:
    """`post` and `get` as the token's holder; `body` may be bytes."""

    def __init__(self, token: str) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        self.client, self.token = Client(raise_request_exception=False), token

    def post(self, body: Any, content_type: str = "application/cloudevents+json", **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.post(EVENTS, raw, content_type=content_type, headers=headers)

    def get(self, path: str, params: Any = None) -> Any:
        return self.client.get(f"/api/v1/mes/{path}", params, headers={"Authorization": f"Bearer {self.token}"})


@pytest.fixture
def mes_interface(people: Any) -> Any:
    """A live MES interface in Augsburg."""
    from connectors.actions import connect
    from qms import journal
    from qms.accounts.models import Site

    made, _changed = connect(
        code="mes-aug", name="MES", kind="mes", adapter="cloudevents", base_url="", settings={}, secrets={},
        site=Site.objects.get(code="AUG"), mode="live", by=journal.SYSTEM,
    )  # fmt: skip
    return made


@pytest.fixture
def mes(mes_interface: Any) -> Mes:
    from qms.demo.cast import issue_tokens

    return Mes(issue_tokens()["mes"])


def in_use(interface: Any, rules: dict[str, Any], message_type: str = "mes.defect.logged") -> Any:
    """An active mapping of the interface with these rules."""
    from tests.factories import Factory

    return Factory().mapping(state="ACTIVE", interface=interface, rules=rules, message_type=message_type)
