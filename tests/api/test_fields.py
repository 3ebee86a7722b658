"""Single fields (ASVS 8.2.3, 15.3.3): a body changes what its step names and nothing else; an answer holds what its schema names."""

from typing import Any

import pytest
from django.apps import apps
from drf_spectacular.generators import SchemaGenerator

from inspection.models import Gauge
from ncr.models import Nonconformance
from qms.demo.cast import issue_tokens
from qms.records.models import Record
from tests.factories import person

PROVES = ("v5.0.0-8.2.3", "11.10(d)")
pytestmark = pytest.mark.django_db
# Fields of the row that no caller may ever set, whatever else the body holds.
OURS = (
    *(
        "id",
        "uid",
        "number",
        "site",
        "site_id",
        "state",
        "version",
        "created_by",
        "created_at",
        "compartment",
        "closed_at",
        "round",
    ),
    *("edition", "undecided_quantity", "proposed_by", "history", "is_superuser", "received_at", "source_event"),
)
HIDDEN = ("password", "digest", "secret", "sealed", "credentials", "personal_salt", "token", "session")


@pytest.fixture
def as_(client):
    def sign_in(username):
        client.force_login(person(username), backend="qms.accounts.backends.PasswordBackend")
        return client

    return sign_in


@pytest.mark.parametrize("name", OURS)
def test_no_body_sets_what_is_ours(as_, make, name):
    record, gauge = make.report(), make.gauge()
    before = Nonconformance.objects.values().get(pk=record.pk), Gauge.objects.values().get(pk=gauge.pk)
    client, good = as_("engineer"), {"cause": "INFO", "reason": "tried to set another field"}
    for address, row in (("ncrs", record), ("gauges", gauge)):
        body, seen = {**good, "title": "x", name: "1"}, {"If-Match": f'"{row.version}"'}
        answer = client.post(f"/api/v1/{address}/{row.number}/edit", body, "application/json", headers=seen)
        assert answer.status_code in (403, 422), answer.content
    made = client.post(
        "/api/v1/ncrs", {"part": "TB-4711", "quantity": "1", "defect_code": "DIM-OUT", name: "1"}, "application/json"
    )
    assert made.status_code == 422 and any(e["pointer"] == f"/{name}" for e in made.json()["errors"])
    assert before == (Nonconformance.objects.values().get(pk=record.pk), Gauge.objects.values().get(pk=gauge.pk))


def described() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def bodies() -> dict[str, Any]:
    schemas = described()["components"]["schemas"]
    return {name: schema for name, schema in schemas.items() if schema.get("type") == "object"}


def of_steps() -> dict[str, Any]:
    """Bodies of what is done to a record that exists."""
    whole, found = described(), {}
    for address, methods in whole["paths"].items():
        if "{number}" in address and "post" in methods and "requestBody" in methods["post"]:
            [content] = methods["post"]["requestBody"]["content"].values()
            name = content["schema"]["$ref"].rpartition("/")[2]
            found[name] = whole["components"]["schemas"][name]
    return found


def test_bodies_of_steps_are_closed_and_hold_nothing_of_ours():
    steps = of_steps()
    assert len(steps) >= 20
    assert all(body["additionalProperties"] is False for body in steps.values())
    found = {f"{name}.{field}" for name, body in steps.items() for field in body.get("properties", {}) if field in OURS}
    assert found == {"TravelerBody.id"}, "only the other system's own number of its traveler (integration-mes.md §8)"


def test_no_answer_names_a_secret():
    shown = {
        f"{name}.{field}" for name, body in bodies().items() for field in body.get("properties", {}) if field in HIDDEN
    }
    assert shown == {"SignatureBody.password"}  # goes in, never out


@pytest.mark.parametrize("role", ["engineer", "operator", "auditor", "manager", "svc"])
def test_answers_hold_what_the_schema_names_for_every_role(as_, make, client, role):
    """The same fields for whoever sees the record: a role decides on the record, not on a part of it."""
    record, known = make.report(), bodies()["NcrShown"]["properties"]
    if role == "svc":
        answer = client.get(
            f"/api/v1/ncrs/{record.number}", headers={"Authorization": f"Bearer {issue_tokens()['readonly']}"}
        )
    else:
        answer = as_(role).get(f"/api/v1/ncrs/{record.number}")
    assert answer.status_code == 200
    assert set(answer.json()) == {*known, "version", "signatures", "steps"}


def test_every_record_type_is_looked_at():
    kinds = {model.prefix for model in apps.get_models() if issubclass(model, Record)}
    assert {"NCR", "HLD", "GAU"} <= kinds
