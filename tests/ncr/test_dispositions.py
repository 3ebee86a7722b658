"""What each disposition asks for, and what it refuses."""

from decimal import Decimal

import pytest
from django.db import Error, connection, transaction

from ncr import actions as ncr
from ncr.actions import Line, Upload
from ncr.choices import RULES, Disposition
from ncr.models import LineSerial, ReworkLoop
from qms import journal
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata.models import Item, Lot, Receipt, ReceiptLine, Supplier
from qms.signatures import snapshot
from tests.factories import person, signing

PROVES = ("11.10(f)", "11.10(j)")
pytestmark = pytest.mark.django_db
TEN = Decimal(10)


def item(number: str) -> Item:
    return Item.objects.live().get(number=number)


def supplier() -> Supplier:
    return Supplier.objects.live().order_by("number")[0]


def other_part(record) -> Item:
    return Item.objects.live().filter(unit=record.item.unit).exclude(pk=record.item_id).order_by("number")[0]


def states(record):
    return [(p.kind, p.quantity, p.state) for p in record.postings() if p.kind != "HOLD"]


def test_every_disposition_has_a_rule_and_says_what_moves():
    assert set(RULES) == set(Disposition.values)
    assert RULES["rework"].departs is False and RULES["repair"].departs is True


@pytest.mark.parametrize(
    ("kind", "asked"), [("use_as_is", True), ("repair", True), ("rework", False), ("scrap", False)]
)
def test_what_departs_from_the_requirement_asks_the_design_authority(make, kind, asked):
    record = make.decided(Line(kind, TEN, "as drawing 4711 says"))
    assert ("design" in {a.slot for a in record.approvals.all()}) is asked and record.state == "DISPOSITIONED"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (lambda r: Line("rework", TEN), "lines.0.instruction"),
        (lambda r: Line("repair", TEN, "  "), "lines.0.instruction"),
        (lambda r: Line("regrade", TEN), "lines.0.item"),
        (lambda r: Line("regrade", TEN, item=r.item), "lines.0.item"),
        (lambda r: Line("regrade", TEN, item=item("RM-AL7075-P40")), "lines.0.item"),
        (lambda r: Line("scrap", TEN, item=other_part(r)), "lines.0.item"),
        (lambda r: Line("return_to_supplier", TEN), "lines.0.supplier"),
        (lambda r: Line("scrap", Decimal(-1)), "lines"),
        (lambda r: Line("scrap", Decimal(11)), "lines"),
        (lambda r: Line("melt", TEN), "lines.0.kind"),
        (lambda r: Line("scrap", TEN, serials=("A",)), "lines"),
    ],
)
def test_a_line_without_what_its_kind_asks_for_is_refused(make, line, field):
    record = make.ncr(state="IN_REVIEW")
    with pytest.raises(Invalid) as refused:
        ncr.disposition(ncr=record, lines=[line(record)], by=person("engineer"))
    assert refused.value.field == field and refused.value.hint or field == "lines.0.kind"
    assert not record.lines.exists()


def test_a_bought_lot_is_returned_to_whom_it_came_from(make):
    record = make.ncr(state="IN_REVIEW")
    assert ncr.rules.supplier_of(record.lot) is None
    receipt = Receipt.objects.live().exclude(supplier=None)[0]
    ReceiptLine.objects.create(
        source=receipt.source,
        external_id="t:1",
        number="1",
        receipt=receipt,
        lot=record.lot,
        content_hash="",
        content="",
    )
    assert ncr.rules.supplier_of(record.lot) == receipt.supplier
    record = ncr.disposition(ncr=record, lines=[Line("return_to_supplier", TEN)], by=person("engineer"))
    assert record.lines.get().supplier == receipt.supplier
    line = Line("return_to_supplier", TEN, supplier=supplier(), return_reference="RMA-7")
    record = ncr.disposition(ncr=record, lines=[line], by=person("engineer"))
    kept = record.lines.get()
    assert (kept.supplier, kept.return_reference) == (supplier(), "RMA-7")


@pytest.mark.parametrize(
    ("line", "kind", "places"),
    [
        (lambda r: Line("return_to_supplier", TEN, supplier=supplier()), "RETURN", ("quarantine", "supplier")),
        (lambda r: Line("regrade", TEN, item=other_part(r)), "REGRADE", ("quarantine", "storage")),
        (lambda r: Line("use_as_is", TEN), "RELEASE", ("quarantine", "storage")),
        (lambda r: Line("scrap", TEN), "SCRAP", ("quarantine", "scrap")),
    ],
)
def test_each_asks_the_erp_for_its_movement(make, line, kind, places):
    probe = make.report()
    record = ncr.execute(ncr=make.decided(line(probe)), by=person("engineer"))
    (posting,) = [p for p in record.postings() if p.kind != "HOLD"]
    assert (posting.kind, (posting.from_place, posting.to_place), posting.quantity) == (kind, places, TEN)
    assert posting.supplier == record.current_lines()[0].supplier and posting.to_item == record.current_lines()[0].item
    make.post(record)
    record = make.mark_scrap(record)
    assert record.state == "VERIFICATION" and record.current_lines()[0].done_quantity == TEN
    assert {h.state for h in record.holds.all()} == {"RELEASED"}


# --- parts -----------------------------------------------------------------------------------------------------------


def test_a_line_is_carried_out_in_parts_each_with_a_reference_of_its_own(make):
    record = make.decided(Line("scrap", Decimal(6)), Line("use_as_is", Decimal(4)))
    record = ncr.execute(ncr=record, by=person("engineer"), in_parts=True)
    assert states(record) == []
    record = ncr.carry_out(ncr=record, by=person("engineer"), line=1, quantity=Decimal(2))
    record = ncr.carry_out(ncr=record, by=person("engineer"), line=1)
    record = ncr.carry_out(ncr=record, by=person("engineer"))
    assert states(record) == [("SCRAP", 2, "QUEUED"), ("SCRAP", 4, "QUEUED"), ("RELEASE", 4, "QUEUED")]
    assert len({p.reference for p in record.postings()}) == 4
    assert [line.done_quantity for line in record.current_lines()] == [0, 0]
    make.post(record)
    assert [line.done_quantity for line in make.fresh(record).current_lines()] == [6, 4]
    assert make.fresh(record).state == "IN_EXECUTION", "scrap is not done before its evidence"
    assert make.mark_scrap(record).state == "VERIFICATION"


@pytest.mark.parametrize("quantity", ["0", "-1", "7"])
def test_a_part_is_above_zero_and_no_more_than_remains(make, quantity):
    record = ncr.execute(
        ncr=make.decided(Line("scrap", Decimal(6)), Line("use_as_is", Decimal(4))), by=person("engineer"), in_parts=True
    )
    with pytest.raises(Invalid, match="remain"):
        ncr.carry_out(ncr=record, by=person("engineer"), line=1, quantity=Decimal(quantity))
    with pytest.raises(Invalid, match="Name the line"):
        ncr.carry_out(ncr=record, by=person("engineer"))
    assert states(record) == []


def test_the_database_holds_the_progress_of_a_line(make):
    record = make.ncr(state="IN_EXECUTION")
    line = record.current_lines()[0]
    with pytest.raises(Error, match="line_progress"), journal.act(journal.EVENTS["ncr.edited"], by=person("engineer")):
        type(line).objects.filter(pk=line.pk).update(done_quantity=line.quantity + 1)


def test_more_than_is_affected_was_held_and_the_rest_goes_back(make):
    record = make.report(quantity="4")
    ncr.request_hold(ncr=record, by=person("engineer"), reason="Contain the lot", quantity=Decimal(9))
    make.post(record)
    record = make.signed(ncr.start_review(ncr=make.fresh(record), by=person("engineer")), Line("scrap", Decimal(4)))
    record = ncr.execute(ncr=record, by=person("engineer"))
    assert states(record) == [("SCRAP", 4, "QUEUED"), ("RELEASE", 5, "QUEUED")]


# --- scrap -----------------------------------------------------------------------------------------------------------


def test_scrap_is_done_when_it_cannot_be_used_any_more(make):
    record = ncr.execute(ncr=make.decided(Line("scrap", TEN)), by=person("engineer"))
    make.post(record)
    with pytest.raises(Invalid, match="marked"):
        ncr.evidence(ncr=record, by=person("operator"), evidence=" x ")
    record = ncr.evidence(
        ncr=record, by=person("operator"), evidence="slotted, red", upload=Upload("cut.pdf", b"%PDF-1.7")
    )
    line = record.current_lines()[0]
    assert (record.state, line.evidence_by, line.evidence_file.name) == ("VERIFICATION", person("operator"), "cut.pdf")
    assert (
        all(snapshot.covers(record, a.signature) for a in record.valid_approvals())
        and len(record.valid_approvals()) == 2
    )
    with pytest.raises(Conflict):
        ncr.evidence(ncr=record, by=person("operator"), evidence="slotted, red")


# --- rework and repair -----------------------------------------------------------------------------------------------


def reworked(make, kind="rework"):
    record = ncr.execute(ncr=make.decided(Line(kind, TEN, "re-bore, inspect H7")), by=person("engineer"))
    assert states(record) == []
    return ncr.rework(ncr=record, by=person("operator"), note="re-bored")


@pytest.mark.parametrize("kind", ["rework", "repair"])
def test_rework_is_done_only_by_a_passing_reinspection_of_somebody_else(make, kind):
    record = reworked(make, kind)
    judge = person("manager")
    record = ncr.reinspect(ncr=record, by=judge, result="failed", reference="INS-1", signing=signing(judge))
    assert states(record) == [] and record.state == "IN_EXECUTION"
    record = ncr.rework(ncr=record, by=person("operator"), note="again")
    record = ncr.reinspect(ncr=record, by=judge, result="passed", reference="INS-2", signing=signing(judge))
    assert states(record) == [("RELEASE", 10, "QUEUED")]
    loops = ReworkLoop.objects.filter(line__ncr=record)
    assert [(one.loop, one.result, one.reference) for one in loops] == [(1, "failed", "INS-1"), (2, "passed", "INS-2")]
    make.post(record)
    assert make.fresh(record).state == "VERIFICATION"


def test_neither_initiator_nor_worker_reinspects(make):
    record = make.decided(Line("rework", TEN, "re-bore"))
    record = ncr.execute(ncr=record, by=person("engineer"))
    record = ncr.rework(ncr=record, by=person("manager"))
    for name in ("inspector", "engineer", "manager"):
        who = person(name)
        with pytest.raises(Forbidden):
            ncr.reinspect(ncr=record, by=who, result="passed", reference="INS-1", signing=signing(who))
    assert ReworkLoop.objects.get(line__ncr=record).result == ""


def test_the_database_knows_that_the_worker_does_not_judge(make):
    record, judge = reworked(make), person("manager")
    record = ncr.reinspect(ncr=record, by=judge, result="passed", reference="INS-1", signing=signing(judge))
    for name, rule in (("operator", "reinspector_not_worker"), ("inspector", "reinspector_not_initiator")):
        with (
            pytest.raises(Error, match=f"{rule}|not the signer of its signature"),
            transaction.atomic(),
            journal.act(journal.EVENTS["ncr.edited"], by=person("engineer")),
        ):
            ReworkLoop.objects.filter(line__ncr=record).update(inspected_by=person(name))


def test_a_reinspection_is_named_and_signed(make):
    record, judge = reworked(make), person("manager")
    with pytest.raises(Invalid, match="Name the inspection"):
        ncr.reinspect(ncr=record, by=judge, result="passed", reference=" ", signing=signing(judge))
    with pytest.raises(Invalid, match="signature"):
        ncr.reinspect(ncr=record, by=judge, result="passed", reference="INS-1", signing=None)


def test_rework_is_reworked_in_parts(make):
    record = ncr.execute(ncr=make.decided(Line("rework", TEN, "re-bore")), by=person("engineer"))
    record = ncr.rework(ncr=record, by=person("operator"), quantity=Decimal(4))
    with pytest.raises(Invalid, match="wait for the work"):
        ncr.rework(ncr=record, by=person("operator"), quantity=Decimal(7))
    judge = person("manager")
    record = ncr.reinspect(ncr=record, by=judge, result="passed", reference="INS-1", signing=signing(judge))
    assert states(record) == [("RELEASE", 4, "QUEUED")]
    with pytest.raises(Conflict, match="re-inspection"):
        ncr.carry_out(ncr=record, by=person("engineer"))
    make.post(record)
    assert make.fresh(record).state == "IN_EXECUTION"


# --- the customer ----------------------------------------------------------------------------------------------------


def test_the_customer_approves_before_what_departs_is_executed(make):
    record = make.decided(Line("use_as_is", TEN), customer_approval_required=True)
    with pytest.raises(Conflict, match="customer"):
        ncr.execute(ncr=record, by=person("engineer"))
    with pytest.raises(Invalid, match="document"):
        ncr.customer_approval(ncr=record, by=person("engineer"), reference="C-77")
    paper = Upload("approval.pdf", b"%PDF-1.7")
    record = ncr.customer_approval(ncr=record, by=person("engineer"), reference="C-77", upload=paper)
    assert not record.missing_slots(), "the document comes after the decision and uncovers no signature"
    assert ncr.execute(ncr=record, by=person("engineer")).state == "IN_EXECUTION"


def test_scrap_asks_no_customer(make):
    record = make.decided(Line("scrap", TEN), customer_approval_required=True)
    assert ncr.execute(ncr=record, by=person("engineer")).state == "IN_EXECUTION"


# --- serial numbers --------------------------------------------------------------------------------------------------


def test_pieces_are_decided_one_by_one(make):
    record = make.ncr(state="IN_REVIEW", quantity="3")
    record = ncr.edit(
        cause="INFO", ncr=record, by=person("engineer"), reason="read from the parts", serials=["S1", "S2", "S3"]
    )
    lines = [Line("scrap", Decimal(1), serials=("S2",)), Line("use_as_is", Decimal(2), serials=("S1", "S3"))]
    record = ncr.disposition(ncr=record, lines=lines, by=person("engineer"))
    assert [line.numbers for line in record.current_lines()] == [["S2"], ["S1", "S3"]]
    assert record.current_lines()[0].decided()["serials"] == ["S2"]


@pytest.mark.parametrize(
    "lines",
    [
        [Line("scrap", Decimal(2), serials=("S1", "S1"))],
        [Line("scrap", Decimal(1), serials=("S1",)), Line("use_as_is", Decimal(1), serials=("S1",))],
        [Line("scrap", Decimal(2), serials=("S1",))],
        [Line("scrap", Decimal(2))],
        [Line("scrap", Decimal(1), serials=("S9",))],
    ],
)
def test_a_piece_has_one_disposition_and_a_line_names_all_of_its_own(make, lines):
    record = make.ncr(state="IN_REVIEW", quantity="3")
    record = ncr.edit(
        cause="INFO", ncr=record, by=person("engineer"), reason="read from the parts", serials=["S1", "S2", "S3"]
    )
    with pytest.raises(Invalid):
        ncr.disposition(ncr=record, lines=lines, by=person("engineer"))


@pytest.mark.parametrize("serials", [["S1", "S1", "S2"], ["S1", "S2"]])
def test_each_affected_piece_is_named_once_or_none(make, serials):
    record = make.ncr(state="IN_REVIEW", quantity="3")
    with pytest.raises(Invalid, match="serial"):
        ncr.edit(cause="INFO", ncr=record, by=person("engineer"), reason="read from the parts", serials=serials)


def test_the_database_counts_the_pieces(make):
    record = make.ncr(state="IN_REVIEW", quantity="2")
    record = ncr.edit(
        cause="INFO", ncr=record, by=person("engineer"), reason="read from the parts", serials=["S1", "S2"]
    )
    lines = [Line("scrap", Decimal(2), serials=("S1", "S2"))]
    record = ncr.disposition(ncr=record, lines=lines, by=person("engineer"))
    with pytest.raises(Error, match="serial number"), transaction.atomic():
        with journal.act(journal.EVENTS["ncr.edited"], by=person("engineer")) as act:
            LineSerial.objects.filter(line__ncr=record)[0].delete()
            act.record(record)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_lot_of_another_site_is_not_moved(make):
    record = make.ncr(state="IN_REVIEW")
    from qms.accounts.models import Site

    Lot.objects.filter(pk=record.lot_id).update(site=Site.objects.get(code="SUZ"))
    with pytest.raises(Invalid, match="another site"):
        ncr.request_hold(ncr=make.fresh(record), by=person("engineer"), reason="Contain the lot")
