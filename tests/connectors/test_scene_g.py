"""Scene G (features.md §5): a mapping is edited → its stored test fails → it cannot be activated; edition 4 is approved and used; back to
edition 3 in one step; what came under 3 is read by 3, whenever it is tried again."""

import json

import pytest

from connectors import actions, inbox
from connectors.models import InboxMessage, Mapping
from ncr.models import Nonconformance
from qms.lib.errors import Conflict
from qms.masterdata import actions as masterdata
from tests.connectors.test_mappings import MADE, RULES, SENT, TYPE, VECTORS, activated
from tests.factories import person

from .mes import event, mes, mes_interface

__all__ = ["mes", "mes_interface"]
PROVES = ("89", "99")
pytestmark = pytest.mark.django_db


def edition(interface, base, note):
    """The next edition: every defect says who wrote the rules."""
    return actions.draft(
        by=person("integration"), interface=interface, message_type=TYPE, note=note, base=base,
        rules={"fields": [*RULES["fields"], {"to": "note", "value": note}]},
        vectors=[{**VECTORS[0], "expect": {**MADE, "note": note}}] if note else VECTORS,
    )  # fmt: skip


def waiting(mes, **told):
    """A defect of a part that nobody knows yet."""
    sent = {**event(), "data": {**SENT, "Material": "TB-NEW", **told}}
    answer = mes.post(sent)
    assert answer.status_code == 202, answer.content
    return InboxMessage.objects.get(message_id=sent["id"])


def test_scene_g(mes, mes_interface, people):
    base = None
    for note in ("first", "second", "third"):
        base = activated(edition(mes_interface, base, note))
    third = base
    assert third.edition == 3
    early = waiting(mes)
    assert early.mapping == third, "a message keeps the edition under which it came"

    fourth = edition(mes_interface, third, "fourth")
    broken = actions.MAPPING_STEPS["edit"](
        mapping=fourth, by=person("integration"), rules={"fields": RULES["fields"]}, vectors=fourth.vectors
    )
    with pytest.raises(Conflict, match="1 of 1 tests fail, “good” first"):
        actions.MAPPING_STEPS["test"](mapping=broken, by=person("integration"))
    with pytest.raises(Conflict):
        actions.MAPPING_STEPS["activate"](mapping=broken, by=person("integration"))
    assert Mapping.objects.get(state="ACTIVE") == third

    mended = actions.MAPPING_STEPS["edit"](
        mapping=Mapping.objects.get(pk=broken.pk), by=person("integration"),
        rules={"fields": [*RULES["fields"], {"to": "note", "value": "fourth"}]}, vectors=fourth.vectors,
    )  # fmt: skip
    fourth = activated(mended)
    late = waiting(mes)
    assert late.mapping == fourth and Mapping.objects.get(state="ACTIVE") == fourth
    back = actions.MAPPING_STEPS["roll-back"](
        mapping=Mapping.objects.get(pk=third.pk), by=person("integration"), reason="wrong words"
    )
    assert back.state == "ACTIVE" and Mapping.objects.get(pk=fourth.pk).state == "RETIRED"

    told = {"foreign_value": "TB-NEW", "local_value": "RM-TI64-B25", "reason": "the new name"}
    masterdata.map_value(source="mes-aug", kind="item", by=people["integration"], **told)
    assert inbox.retry_waiting() == 2
    told = {row.message_id: row for row in InboxMessage.objects.filter(state="APPLIED").select_related("mapping")}
    for message, number, note in ((early, 3, "third"), (late, 4, "fourth")):
        row = told[message.message_id]
        assert row.mapping.edition == number
        assert Nonconformance.objects.get(number=row.record_number).description == note
    answer = mes.post({**event(), "data": SENT})
    assert Nonconformance.objects.get(number=answer.json()["record"]).description == "third", (
        "new ones by what is active"
    )


def test_what_its_own_edition_cannot_read_is_read_by_the_active_one(mes, mes_interface):
    """Fix the mapping, not the data: the older edition is what made it wait."""
    first = activated(edition(mes_interface, None, "first"))
    sent = event()  # another cell that speaks our own words
    assert mes.post(sent).json()["status"] == "needs_mapping"
    assert InboxMessage.objects.get().mapping == first
    plain = {"nc_code": "/nc_code", "part": "/part", "quantity.affected": "/quantity/affected"}
    second = actions.draft(
        by=person("integration"), interface=mes_interface, message_type=TYPE, note="both cells", base=first,
        rules={"fields": [{"to": to, "from": path} for to, path in plain.items()]},
        vectors=[{
            "name": "plain", "message": json.dumps({"nc_code": "DIM-OUT", "part": "A", "quantity": {"affected": 2}}),
            "expect": {"nc_code": "DIM-OUT", "part": "A", "quantity.affected": "2"},
        }],
    )  # fmt: skip
    second = activated(second)
    assert inbox.retry_waiting() == 1
    row = InboxMessage.objects.get()
    assert (row.state, row.mapping) == ("APPLIED", second)
