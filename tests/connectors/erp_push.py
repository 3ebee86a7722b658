"""An ERP that pushes, and members of every object by reflection. Import `erp_push` where it is wanted."""

import datetime as dt
import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from connectors.sync import members
from qms.masterdata.models import Unit

AT = dt.datetime(2026, 5, 4, 8, 0, tzinfo=dt.UTC)
VALUES = {
    "text": "x",
    "quantity": "3.5",
    "decimal": "1.25",
    "integer": 10,
    "boolean": True,
    "instant": "2026-05-04T08:15:00Z",
    "date": "2026-05-04",
    "json": {},
}


def at(minutes: int) -> str:
    return (AT + dt.timedelta(minutes=minutes)).isoformat()


def member(object: str, key: str = "K-1", *, minutes: int = 0, **more: Any) -> dict[str, Any]:
    """A full member: every field, a parent key for every reference, one line for a document."""
    made = members.shape(object)
    found: dict[str, Any] = {"external_id": key, **_values(made, key)}
    if not made.is_line:
        found |= {"changed_at": at(minutes), "number": f"N-{key}"}
    for name, line in made.lines:
        found[name] = [{"external_id": f"{key}/1", **_values(line, f"{key}-part")}]
    return found | more


def _values(made: members.Shape, key: str) -> dict[str, Any]:
    return {field.name: _value(field, key) for field in made.fields}


def _value(field: members.Field, key: str) -> Any:
    if field.parent:
        return "u" if field.parent is Unit else f"p-{key}"
    if field.kind == "text":
        return f"{field.name[: max(1, (field.longest or 20) - 6)]}-{key}"[: field.longest or 200]
    return VALUES[field.kind]


class ErpPush:
    """`batch`, `sweep` and `ack` as the holder of a token; a body may be bytes."""

    def __init__(self, token: str) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        self.client, self.token = Client(raise_request_exception=False), token

    def post(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.post(f"/api/v1/erp/{path}", raw, content_type=content_type, headers=headers)

    def batch(self, object: str, *members: Any, **headers: str) -> Any:
        return self.post(f"{object}/batch", list(members), **headers)

    def put(self, object: str, *members: Any) -> list[str]:
        answer = self.batch(object, *members)
        assert answer.status_code == 200, answer.content
        return [result["status"] for result in answer.json()["results"]]

    def sweep(self, object: str, *keys: str, **more: Any) -> Any:
        return self.post(f"{object}/sweep", {"keys": list(keys), **more})

    def ack(self, reference: str, **body: Any) -> Any:
        return self.post(f"postings/{reference}/acks", body)


@pytest.fixture
def erp_push(people: Any) -> ErpPush:
    """A token of site AUG for the source `middleware`, with one unit known."""
    pushing = ErpPush(token("middleware", "AUG"))
    assert pushing.put("units", member("units", "u", digits=2, number="pcs")) == ["created"]
    return pushing


def token(source: str, *sites: str, scopes: tuple[str, ...] = ("erp",)) -> str:
    from qms import journal
    from qms.accounts import actions
    from qms.accounts.models import Site, User

    user = User.objects.filter(username=f"svc-{source}").first() or actions.create_user(
        username=f"svc-{source}", full_name=f"Service {source}", kind=User.SERVICE, by=journal.SYSTEM
    )
    _token, clear = actions.issue_token(
        user=user,
        scopes=set(scopes),
        sites=[Site.objects.get(code=code) for code in sites],
        source=source,
        by=journal.SYSTEM,
    )
    return str(clear)
