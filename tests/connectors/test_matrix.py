"""Who owns which field: an edition that two people made decides what a MES, an ERP and a person may write, and asks a person."""

import hashlib

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from connectors.models import Interface
from ncr import actions as ncr
from ncr.models import Nonconformance
from qms import journal
from qms.accounts.models import Site
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata import actions, ownership
from qms.masterdata.models import FieldConflict, Item, Matrix
from tests.connectors.erp_push import erp_push, member
from tests.connectors.mes import event, mes, mes_interface
from tests.connectors.test_batch import told
from tests.connectors.test_inbox_updates import later
from tests.factories import signing

__all__ = ["erp_push", "mes", "mes_interface"]
pytestmark = pytest.mark.django_db
PROVES = ("11.10(a)", "11.10(g)")
WHY = "agreed with the plant"


def row(object, field, owner, otherwise):
    return {"object": object, "field": field, "owner": owner, "otherwise": otherwise}


@pytest.fixture
def in_use(make):
    """Put rows into use in Augsburg, by two people."""
    return lambda *rows: make.matrix(state="ACTIVE", rows=list(rows))


def logged(mes, **more):
    answer = mes.post(event(defect_id="D-1", severity="minor", **more)).json()
    return Nonconformance.objects.get(number=answer["record"]), answer


def test_the_shipped_matrix_counts_until_a_site_has_its_own(make, people):
    assert ownership.of(None) is ownership.shipped()
    assert ownership.shipped().verdict("items", "name", "mes") == "refused"
    assert (
        ownership.shipped().verdict("items", "name", "erp")
        == ownership.shipped().verdict("ncrs", "severity", "mes")
        == ""
    )
    matrix = make.matrix()
    assert matrix.rows == [dict(r) for r in ownership.shipped_rows()]
    with pytest.raises(Forbidden):
        actions.MATRIX_STEPS["approve"](matrix=matrix, by=people["integration"], signing=signing(people["integration"]))
    matrix = make.matrix(state="ACTIVE", rows=[row("ncrs", "*", "qms", "logged")])
    assert ownership.of(matrix.site_id).verdict("ncrs", "severity", "mes") == "logged"
    second = make.matrix(state="ACTIVE")
    assert Matrix.objects.get(pk=matrix.pk).state == "RETIRED" and Matrix.objects.get(state="ACTIVE") == second
    actions.MATRIX_STEPS["retire"](matrix=second, by=people["manager"], reason=WHY)
    assert ownership.of(second.site_id) is ownership.shipped()
    changed = Matrix.objects.filter(pk=make.matrix(state="APPROVED").pk)
    with journal.act(journal.EVENTS["matrix.edited"], by=people["integration"]) as act:
        with pytest.raises(DatabaseError, match="matrix_as_approved"), transaction.atomic():
            changed.update(rows=[row("ncrs", "*", "mes", "logged")])
        act.record("matrix")


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [row("gremlins", "*", "erp", "refused")],
        [row("ncrs", "part_number", "erp", "refused")],
        [row("ncrs", "severity", "nobody", "refused")],
        [row("items", "name", "qms", "conflict")],
        [row("ncrs", "severity", "qms", "logged")] * 2,
    ],
)
def test_rows_that_cannot_be(make, wrong):
    with pytest.raises(Invalid):
        make.matrix(rows=wrong)


def test_one_of_two_systems_of_a_kind_can_own_what_the_other_may_not_tell(erp_push, make):
    mine = Interface.objects.get().code
    with pytest.raises(Invalid, match="neither a kind of system nor an interface"):
        make.matrix(rows=[row("lots", "*", "erp-elsewhere", "refused")])
    make.matrix(state="ACTIVE", rows=[row("lots", "*", mine, "refused")])
    assert erp_push.batch("lots", member("lots", "L")).status_code == 200
    assert ownership.of(Site.objects.get(code="AUG").pk).verdict("lots", "*", "erp", "erp-2") == "refused"


def test_a_mes_that_does_not_own_a_field_is_heard_and_not_followed(mes, in_use):
    in_use(row("ncrs", "severity", "qms", "refused"), row("ncrs", "description", "qms", "logged"))
    record, answer = logged(mes)
    assert record.severity == record.defect_code.severity != "minor"
    assert any("/data/severity" in note and "QMS" in note for note in answer["notes"])
    notes = mes.post(later("D-1", severity="critical", note="seen again", operator="77")).json()["notes"]
    record.refresh_from_db()
    assert (record.severity, record.description, record.detected_by) == (record.defect_code.severity, "", "77")
    assert any("/data/severity: refused" in note for note in notes) and any(
        "/data/note: noted" in note for note in notes
    )
    batch = told(mes, [event(severity="minor"), event(severity="minor")])
    assert all("/data/severity" in " ".join(one["notes"]) for one in batch)
    assert not FieldConflict.objects.exists()


def test_where_a_person_decides_both_values_wait_and_are_told_once(mes, in_use, people, client):
    in_use(row("ncrs", "severity", "qms", "conflict"), row("ncrs", "affected_quantity", "qms", "conflict"))
    record, _answer = logged(mes)
    before = record.severity
    for severity in ("critical", "minor"):
        assert mes.post(later("D-1", severity=severity, quantity={"affected": 9})).status_code == 200
    record.refresh_from_db()
    assert (record.severity, record.affected_quantity) == (before, 5)
    conflict = FieldConflict.objects.get(field="severity")
    assert (conflict.ours, conflict.theirs, conflict.source) == (before, "minor", "mes-aug")
    assert FieldConflict.objects.count() == 2, "what is told anew replaces what was told before"
    client.force_login(people["gongcheng"])
    assert client.get(conflict.get_absolute_url()).status_code == 404, "another site"
    client.force_login(people["engineer"])
    assert "minor" in client.get(reverse("connectors:conflicts"), {"open": "1"}).content.decode()
    url = reverse("connectors:conflict-take", args=[conflict.uid])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": WHY}).status_code == 302
    record.refresh_from_db()
    assert record.severity == "minor", "by an edit, though the field is owned by another"
    assert client.post(url, {"reason": WHY}).status_code == 409
    other = FieldConflict.objects.open().get()
    done = client.post(f"/api/v1/conflicts/{other.uid}/keep", {"reason": WHY}, content_type="application/json")
    assert done.status_code == 200 and not FieldConflict.objects.open().exists()
    record.refresh_from_db()
    assert record.affected_quantity == 5
    page = client.get(conflict.get_absolute_url()).content.decode()
    assert WHY in page and client.get("/api/v1/conflicts").json()["results"]


def test_taking_theirs_asks_the_record_too(mes, in_use, people):
    in_use(row("ncrs", "affected_quantity", "qms", "conflict"))
    record, _answer = logged(mes)
    mes.post(later("D-1", quantity={"affected": 9}))
    from connectors.actions import conflicts

    conflict = FieldConflict.objects.get()
    ncr.cancel(ncr=record, by=people["engineer"], reason="it was none")
    with pytest.raises(Conflict):
        conflicts.take_theirs(conflict=conflict, by=people["engineer"], reason=WHY)
    assert FieldConflict.objects.open().exists(), "both or neither"


def test_a_person_is_told_whose_the_field_is(make, in_use, people, client):
    in_use(row("ncrs", "severity", "mes", "refused"))
    record = make.report()
    client.force_login(people["engineer"])
    page = client.get(record.get_absolute_url()).content.decode()
    assert "from MES" in page, "beside the severity"
    given = {"by": people["engineer"], "reason": WHY, "cause": "INFO"}
    with pytest.raises(Invalid, match="belongs to MES"):
        ncr.edit(ncr=record, severity="minor" if record.severity != "minor" else "major", **given)
    edited = ncr.edit(ncr=record, severity=record.severity, title="Bore", **given)
    assert edited.title == "Bore"


def test_an_erp_writes_what_it_owns_and_leaves_the_rest(erp_push, in_use):
    erp_push.put("units", member("units", "U"))
    erp_push.put("items", member("items", "I", unit_id="U", name="Bracket", kind="goods"))
    in_use(row("items", "name", "qms", "logged"), row("lots", "*", "mes", "refused"))
    answer = erp_push.batch("items", member("items", "I", unit_id="U", name="Renamed", kind="service"))
    told = answer.json()
    assert told["results"][0]["status"] == "updated", told
    item = Item.objects.get(source="middleware", external_id="I")
    assert (item.name, item.kind) == ("Bracket", "service")
    erp_push.put("items", member("items", "NEW", unit_id="U", name="Never told"))
    assert Item.objects.get(source="middleware", external_id="NEW").name == "", "nobody who owns it has said it"
    refused = erp_push.batch("lots", member("lots", "L"))
    assert refused.status_code == 409 and refused.json()["code"] == "not_master" and "MES" in refused.json()["detail"]


def test_what_becomes_an_erp_transaction_and_what_is_evidence_only(erp_push, in_use, make, people):
    erp_push.put("units", member("units", "U"))
    erp_push.put("items", member("items", "I", unit_id="U", name="Bracket", kind="goods"))
    in_use(
        row("items", "name", "posting", "refused"), row("items", "kind", "evidence", "logged"),
        row("ncrs", "severity", "posting", "refused"),
    )  # fmt: skip
    erp_push.put("items", member("items", "I", unit_id="U", name="Renamed", kind="service"))
    item = Item.objects.get(source="middleware", external_id="I")
    assert (item.name, item.kind) == ("Renamed", "goods"), "the ERP writes the one; the other is nobody's"
    record = make.report()
    other = "minor" if record.severity != "minor" else "major"
    with pytest.raises(Invalid, match="becomes an ERP transaction"):
        ncr.edit(ncr=record, severity=other, by=people["engineer"], reason=WHY, cause="INFO")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_rows_leave_as_a_file_and_that_stands_in_the_trail(make, people, client, form):
    matrix = make.matrix(rows=[row("ncrs", "severity", "qms", "conflict"), row("items", "*", "erp", "refused")])
    url = reverse("masterdata:matrix-rows", args=[matrix.number, form])
    client.force_login(people["engineer"])
    assert url in client.get(matrix.get_absolute_url()).content.decode()
    answer = client.get(url)
    body = b"".join(answer.streaming_content)
    assert matrix.number in answer["Content-Disposition"] and len(body) > 100
    if form == "csv":
        lines = body.decode("utf-8-sig").splitlines()
        assert lines[0].startswith('"Object"') and '"severity"' in lines[1] and "items" in lines[2]
    told = Entry.objects.filter(event="list.exported").latest("id")
    assert hashlib.sha256(body).hexdigest() in told.payload and told.object_key == str(matrix.pk)
    assert client.get(reverse("masterdata:matrix-rows", args=[matrix.number, "exe"])).status_code == 404
    client.force_login(people["supervisor"])
    assert client.get(url).status_code == 403 and url not in client.get(matrix.get_absolute_url()).content.decode()


def test_the_matrix_on_screen(people, client, make):
    client.force_login(people["integration"])
    assert client.post(reverse("masterdata:matrix-create"), {"site": "AUG", "note": WHY}).status_code == 302
    matrix = Matrix.objects.get()
    page = client.get(matrix.get_absolute_url()).content.decode()
    assert "affected_quantity" in page and "ERP" in page
    rows = {"rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0}
    rows |= {f"rows-0-{k}": v for k, v in row("ncrs", "severity", "qms", "conflict").items()}
    edit = reverse("masterdata:matrix-edit", args=[matrix.number])
    told = {"version": matrix.version, "note": WHY, **rows}
    assert client.post(edit, {**told, "rows-0-field": "colour"}).status_code == 422
    assert client.post(edit, told).status_code == 302
    page = client.get(matrix.get_absolute_url()).content.decode()
    assert "changed" in page and "left out" in page
    assert client.get("/api/v1/matrices").json()["results"][0]["site"] == "AUG"
