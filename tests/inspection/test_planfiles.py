"""Characteristics of a file into a draft: looked at line by line, taken whole or not at all."""

import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inspection import actions
from inspection.actions import Declared
from qms.lib.errors import Invalid
from qms.records import actions as records
from tests.factories import person

from .formats.samples import folder

PROVES = ("11.10(a)", "11.10(b)")
pytestmark = pytest.mark.django_db
UTF8 = Declared(encoding="utf-8")
HEAD = "balloon,name,kind,nominal,lower,upper,unit,key characteristic,callout"
CSV = f"{HEAD}\n1,Bore,variable,12,12,12.02,mm,yes,position ⌀0.1(M) A B\n9,Burr,attribute,,,,,,\n"
PLATE = (Path(__file__).parent / "formats" / "plate.QIF").read_bytes()


@pytest.fixture
def draft(make):
    return make.inspectionplan(scheme="fixed", size=2, aql=None, characteristics=[
        {"balloon": "1", "name": "Bore", "nominal": Decimal(12), "lower": Decimal(12), "upper": Decimal("12.05"), "unit": "mm"},
        {"balloon": "5", "name": "Scratch", "kind": "attribute"},
    ])  # fmt: skip


def attach(plan, content, name="plan.csv"):
    data = content if isinstance(content, bytes) else content.encode()
    return records.attach(record=plan, name=name, content=data, by=person("engineer"))


def look(plan, content, name="plan.csv", mapping=None):
    return actions.plan_run(plan, attach(plan, content, name), UTF8, mapping)


def take(plan, content, name="plan.csv", mapping=None):
    file = attach(plan, content, name)
    return actions.take_characteristics(
        inspectionplan=plan, by=person("engineer"), file=file, declared=UTF8, mapping=mapping
    )


def balloons(plan):
    return [(row.balloon, row.name, row.upper) for row in plan.characteristics.all()]


def test_the_dry_run_says_what_is_new_changed_and_left(draft):
    run = look(draft, CSV)
    assert [(line.verdict, line.changes[:1]) for line in run.lines] == [
        ("changed", [("upper limit", "12.05", "12.02")]), ("new", []),
    ]  # fmt: skip
    assert (run.kept, run.unknown, run.problem) == (["5"], [], "")
    assert balloons(draft)[0][2] == Decimal("12.05")


def test_taken_it_is_the_draft_and_nothing_else_changes(draft):
    origin = draft.characteristics.get(balloon="1").origin
    take(draft, CSV)
    assert balloons(draft) == [("1", "Bore", Decimal("12.02")), ("5", "Scratch", None), ("9", "Burr", None)]
    bore = draft.characteristics.get(balloon="1")
    assert (bore.origin, bore.is_key, bore.callout["datums"][1]["letter"]) == (origin, True, "B")
    assert {line.verdict for line in look(draft, CSV).lines} == {"unchanged"}


def test_a_workbook_with_chinese_headings_and_one_mapped_by_hand(draft):
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (("balloon", "特性", "Merkmal-USL", "upper", "unit"), ("7", "Länge", "x", 20.5, "mm")):
        book.active.append(row)
    book.save(out)
    assert look(draft, out.getvalue(), "plan.xlsx").unknown == ["Merkmal-USL"]
    told = {"Merkmal-USL": "requirement"}
    run = look(draft, out.getvalue(), "plan.xlsx", told)
    assert (run.unknown, run.lines[0].values["requirement"]) == ([], "x")
    take(draft, out.getvalue(), "plan.xlsx", told)
    assert look(draft, out.getvalue(), "plan.xlsx").unknown == [] and balloons(draft)[-1][:2] == ("7", "Länge")


def test_a_qif_plan_with_its_tolerances(draft):
    run = look(draft, PLATE, "plate.qif")
    assert [line.verdict for line in run.lines] == ["new", "new"]
    take(draft, PLATE, "plate.qif")
    diameter, position = draft.characteristics.order_by("position")[2:]
    assert (diameter.nominal, diameter.lower, diameter.upper) == (Decimal(19), Decimal("18.9"), Decimal("19.13"))
    assert (position.upper, position.callout["symbol"], position.callout["modifier"]) == (
        Decimal("0.5"),
        "position",
        "M",
    )


def test_a_public_qif_plan_comes_in_whole(draft):
    content = (folder("qif") / "WIDGET_QIF_PLAN.QIF").read_bytes()
    run = look(draft, content, "widget.qif")
    assert (len(run.lines), [line.problems for line in run.refused]) == (26, [])
    assert any("rounded" in note for line in run.lines for note in line.notes)


@pytest.mark.parametrize(
    ("content", "said", "name"),
    [
        (CSV.replace("12.02", "12,02").replace(",12,12,12,02", ',12,12,"12,02"'), "not a number", "plan.csv"),
        (CSV.replace("12.02", "12.O2"), "not a number", "plan.csv"),
        (CSV.replace("12.02", "11.9"), "above the upper", "plan.csv"),
        (CSV.replace("9,Burr", "1,Burr"), "already", "plan.csv"),
        (CSV.replace(",mm,", ",parsec,"), "parsec", "plan.csv"),
        (CSV.replace("attribute", "guess"), "allowed", "plan.csv"),
        (CSV.replace("⌀0.1(M)", "wide"), "cannot be read", "plan.csv"),
        (CSV.replace("9,Burr,attribute,,,,,,", "9,Burr,attribute,,,,,,,x"), "more cells", "plan.csv"),
        (CSV.replace("unit", "upper"), "Two columns", "plan.csv"),
        (HEAD + "\n", "no characteristic", "plan.csv"),
        (CSV.encode("utf-16"), "not what its name says", "plan.csv"),
        (PLATE[:-30], "breaks off", "plan.qif"),
        (b"K0100 1", "lists no characteristics", "plan.dfq"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_stops_the_whole_file(draft, content, said, name):
    before = balloons(draft)
    with pytest.raises(Invalid) as refused:
        take(draft, content, name)
    assert said in str(refused.value)
    assert balloons(draft) == before


def test_upload_look_and_take_on_screen(draft, client):
    client.force_login(person("engineer"))
    address = reverse("inspection:inspectionplan-file", args=[draft.number])
    sent = {"file": SimpleUploadedFile("plan.csv", CSV.replace("callout", "geometry").encode()), "encoding": "utf-8"}
    kept = client.post(address, sent)
    assert "geometry" in client.get(kept.url).text and len(balloons(draft)) == 2
    looked = client.post(kept.url, {"_look": "1", "h8": "callout"})
    assert looked.status_code == 200 and len(balloons(draft)) == 2
    assert client.post(kept.url, {"h8": "callout"}).status_code == 302
    assert len(balloons(draft)) == 3 and draft.characteristics.get(balloon="1").callout["symbol"] == "position"
