"""Files of results: kept first, looked at, taken in whole or not at all; names that fit nothing are told; an inspection as a file."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from inspection import actions, queries
from inspection.actions import Declared, Wish
from inspection.formats import qdas
from inspection.models import NameMeaning, Reading, ResultFile
from qms import journal
from qms.lib.errors import Conflict, Invalid
from qms.records import actions as records
from qms.records import store
from tests.factories import person

PROVES = ("11.10(a)", "11.10(b)", "11.10(e)", "11.10(h)")
pytestmark = pytest.mark.django_db
BORE = {
    "balloon": "1", "name": "Bore", "nominal": Decimal(12), "lower": Decimal(12), "upper": Decimal("12.05"), "unit": "mm",
}  # fmt: skip
LENGTH = {"balloon": "2", "name": "Length", "lower": Decimal(100), "upper": Decimal(1200), "unit": "mm"}
BURR = {"balloon": "3", "name": "Burr", "kind": "attribute"}
UTF8 = Declared(encoding="utf-8")
CSV = "sample,serial,1,Length,Depth\n1,SN-1,12.01,110.5,3.1\n2,SN-2,12.09,111,3.2\n"
DFQ = (
    "K0100 2\r\nK1001/1 TB-4711\r\nK2001/1 1\r\nK2002/1 Bore\r\nK2142/1 mm\r\nK2110/1 12\r\nK2111/1 12.1\r\n"
    "K2002/2 Length\r\nK2142/2 in\r\n12.01\x140\x0f5\x140\r\n12.02\x140\x0f6\x14255\r\n"
)
PLATE = (Path(__file__).parent / "formats" / "plate.QIF").read_text()


@pytest.fixture
def lot(make):
    return make.inspection(state="RELEASED", plan=make.lotplan(characteristics=[BORE, LENGTH, BURR]))


def attach(lot, content, name="m.csv"):
    data = content if isinstance(content, bytes) else content.encode()
    return records.attach(record=lot, name=name, content=data, by=person("inspector"))


def look(lot, content, name="m.csv", **wish):
    return actions.dry_run(lot, attach(lot, content, name), Wish(**{"declared": UTF8, **wish}))


def take(lot, content, name="m.csv", **wish):
    file = attach(lot, content, name)
    return actions.take_results(
        inspection=lot, by=person("inspector"), file=file, wish=Wish(**{"declared": UTF8, **wish})
    )


def kept(lot):
    return [(r.characteristic.balloon, r.sample, r.given, r.verdict) for r in lot.readings().order_by("pk")]


class TestResults:
    def test_a_table_becomes_readings_that_the_server_judged(self, lot):
        take(lot, CSV)
        assert kept(lot) == [
            ("1", 1, "12.01", "passed"), ("1", 2, "12.09", "failed"),
            ("2", 1, "110.5", "passed"), ("2", 2, "111", "passed"),
        ]  # fmt: skip
        assert {r.serial for r in lot.readings()} == {"SN-1", "SN-2"}
        told = ResultFile.objects.get(inspection=lot)
        assert (told.count, told.left) == (4, [{"name": "Depth", "values": ["3.1", "3.2"], "why": "unmapped"}])
        assert store.original(told.sha256) == CSV.encode()
        entry = journal.models.Entry.objects.filter(event="inspection.recorded").latest("pk")
        assert told.sha256 in entry.payload

    def test_what_fits_nothing_is_mapped_by_hand_and_known_from_then_on(self, lot, make):
        uid = str(lot.characteristics.get(balloon="3").uid)
        text = "1,Grat\n12.01,pass\n12.02,fail\n"
        assert [line.source.label for line in look(lot, text).unmapped] == ["Grat"]
        take(lot, text, mapping={"Grat": uid})
        assert [row[3] for row in kept(lot) if row[0] == "3"] == ["passed", "failed"]
        assert NameMeaning.objects.get().name == "Grat"
        following = make.inspection(state="RELEASED", plan=lot.plan)
        line = look(following, text).lines[1]
        assert (line.how, line.characteristic.balloon) == ("saved", "3")

    def test_a_name_may_be_left_out_by_hand(self, lot):
        take(lot, CSV, mapping={"Length": actions.NOTHING})
        assert {row[0] for row in kept(lot)} == {"1"}
        assert [one["name"] for one in ResultFile.objects.get().left] == ["Length", "Depth"]

    def test_qdas_with_units_invalid_values_and_other_limits(self, lot):
        run = look(lot, DFQ.replace("TB-4711", "TB-9"), "m.dfq")
        assert "TB-9" in run.notes[0]
        assert run.problems == [] and "plan" in run.lines[0].notes[0]
        take(lot, DFQ, "m.DFQ")
        assert [(r.value, r.given_unit) for r in lot.readings().filter(characteristic__balloon="2")] == [
            (Decimal(127), "in")
        ]
        assert ResultFile.objects.get().left == [{"name": "Length", "values": ["#2: 6 (K0002 255)"], "why": "invalid"}]

    def test_dfd_with_its_values_apart(self, lot):
        head, _mark, rows = DFQ.partition("12.01\x14")
        described, values = attach(lot, head, "m.dfd"), attach(lot, "12.01\x14" + rows, "m.dfx")
        actions.take_results(inspection=lot, by=person("inspector"), file=described, values=values)
        assert len(kept(lot)) == 3 and ResultFile.objects.get().sha256 == values.sha256

    def test_qif_results_by_hand(self, lot):
        line, *_rest = look(lot, PLATE, "plate.qif").lines
        uid = str(lot.characteristics.get(balloon="2").uid)
        run = look(lot, PLATE, "plate.qif", mapping={line.source.label: uid})
        assert run.lines[0].how == "hand" and run.lines[0].values

    def test_the_same_file_is_taken_in_once(self, lot, make):
        take(lot, CSV)
        with pytest.raises(Conflict) as refused:
            take(lot, CSV, reason="once more")
        assert refused.value.code == "file_known"
        other = make.inspection(state="RELEASED", plan=lot.plan)
        with pytest.raises(Conflict, match=lot.number):
            take(other, CSV)
        assert Reading.objects.filter(characteristic__inspection=other).count() == 0

    def test_a_cell_that_holds_a_reading_needs_a_reason(self, lot):
        take(lot, CSV)
        again = CSV.replace("12.09", "12.04")
        with pytest.raises(Invalid, match="already"):
            take(lot, again)
        take(lot, again, reason="burr removed from the stop")
        assert lot.current_readings().get(characteristic__balloon="1", sample=2).given == "12.04"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (CSV.replace("12.09", "1O.9"), "m.csv", "1O.9"),
        (CSV.replace("12.09", "999"), "m.csv", "sensor"),
        (CSV.replace("12.09", "12,01").replace("2,SN", '2,SN').replace("12,01", '"12,01"'), "m.csv", "decimal sign"),
        (CSV.replace("12.09", "12.01 kg"), "m.csv", "kg"),
        (CSV.replace("2,SN-2", "7,SN-2"), "m.csv", "outside"),
        (CSV.replace("Depth", "Length"), "m.csv", "twice"),
        (CSV.replace("Depth", "Bore"), "m.csv", "both"),
        (CSV.replace("2,SN-2", "x,SN-2"), "m.csv", "Line 3"),
        (CSV.encode("utf-16"), "m.csv", ""),
        (CSV.replace("SN-1", "件").encode("gb18030"), "m.csv", "byte 0x"),
        (CSV + '3,"SN', "m.csv", "is not CSV"),
        ("\n", "m.csv", "no characteristic"),
        (DFQ.replace("K0100 2", "K0100 3"), "m.dfq", "announces"),
        (DFQ.replace("\x0f6\x14255", ""), "m.dfq", "cut off"),
        (DFQ.replace("K2111/1 12.1", "K2111/1 11"), "m.dfq", "above its upper"),
        (DFQ.replace("K2142/2 in", "K2142/2 kg"), "m.dfq", "kg"),
        (DFQ.replace("12.02\x14", "x2\x14"), "m.dfq", "no number"),
        (PLATE[:-40], "m.qif", "breaks off"),
    ],
)  # fmt: skip
def test_bad_files_are_refused_with_place_and_reason_and_nothing_is_stored(lot, content, name, said):
    with pytest.raises(Invalid) as refused:
        take(lot, content, name)
    assert said in str(refused.value)
    lot.refresh_from_db()
    assert (kept(lot), ResultFile.objects.count(), lot.state) == ([], 0, "RELEASED")


class TestPages:
    def test_upload_look_map_and_take(self, lot, client):
        client.force_login(person("inspector"))
        address = reverse("inspection:inspection-results", args=[lot.number])
        assert "DFX" in client.get(address).text
        kept_file = client.post(address, {"file": SimpleUploadedFile("m.csv", CSV.encode()), "encoding": "utf-8"})
        page = client.get(kept_file.url)
        assert kept_file.status_code == 302 and "Depth" in page.text and kept(lot) == []
        burr = str(lot.characteristics.get(balloon="3").uid)
        looked = client.post(kept_file.url, {"_look": "1", "first": "1", "m2": burr})
        assert looked.status_code == 200 and "3.1" in looked.text and kept(lot) == []
        refused = client.post(kept_file.url, {"first": "1", "m2": burr})
        assert refused.status_code == 422 and kept(lot) == []
        assert client.post(kept_file.url, {"first": "1"}).status_code == 302
        assert len(kept(lot)) == 4 and "m.csv" in client.get(lot.get_absolute_url()).text

    def test_an_unreadable_file_is_said_and_stays_attached(self, lot, client):
        client.force_login(person("inspector"))
        address = reverse("inspection:inspection-results", args=[lot.number])
        kept_file = client.post(address, {"file": SimpleUploadedFile("m.dfq", b"no such thing")})
        assert "Line 1" in client.get(kept_file.url).text and len(lot.files()) == 1


def test_an_inspection_goes_out_as_qdas_and_csv_and_qdas_comes_back(lot, make, client):
    take(lot, CSV)
    client.force_login(person("inspector"))
    data = client.get(reverse("inspection:inspection-qdas", args=[lot.number])).content
    said = qdas.read(data)
    assert [value.value for value in said.characteristics[0].values] == [Decimal("12.01"), Decimal("12.09")]
    rows = client.get(reverse("inspection:inspection-csv", args=[lot.number])).content.decode("utf-8-sig").splitlines()
    assert len(rows) == 5 and '"12.09"' in rows[2]
    following = make.inspection(state="RELEASED", plan=lot.plan)
    take(following, data, "back.dfq")
    assert [row[:3] for row in kept(following)][:2] == [("1", 1, "12.01"), ("1", 2, "12.09")]
    assert queries.lotfiles.as_csv(following).count(b"\r\n") == 5


class TestWhatTheFileKnows:
    """Gauges, times, empty cells and counts of a file."""

    def test_each_value_keeps_its_gauge_and_its_time(self, make, lot):
        names = [make.gauge(asset=name).asset for name in ("MM-1", "MM-2")]
        head = "sample,gauge,measured at,1,Length\n"
        text = f"{head}1,{names[0]},2026-02-01 10:34,12.01,110\n2,{names[1].lower()},2026-02-01T11:00+00:00,12.02,111\n"
        other = make.gauge(asset="LM-9")
        take(lot, text, gauges={"Length": other})
        rows = [
            (r.characteristic.balloon, r.gauge.asset, f"{r.measured_at:%H:%M}") for r in lot.readings().order_by("pk")
        ]
        assert rows == [("1", "MM-1", "09:34"), ("1", "MM-2", "11:00"), ("2", "LM-9", "09:34"), ("2", "LM-9", "11:00")]
        assert "is not known here" in look(lot, "1,gauge\n12.01,MM-77\n", reason="again").lines[0].notes[0]

    def test_an_empty_cell_of_a_line_is_a_piece_that_was_not_measured(self, lot):
        text = DFQ.replace("12.01\x140\x0f", "\x0f").replace("\x0f6\x14255", "\x0f6\x140")
        take(lot, text.encode("latin-1"), "m.dfq")
        assert [row[:3] for row in kept(lot)] == [("1", 2, "12.02"), ("2", 1, "5"), ("2", 2, "6")]

    def test_counts_are_taken_where_they_say_which_piece_is_bad(self, lot):
        head = "K0100 1\r\nK1001/1 TB-4711\r\nK2001/1 3\r\nK2002/1 Burr\r\nK2004/1 1\r\n"
        whole = head + "K0020/1 1\r\nK0021/1 1\r\nK0020/1 1\r\nK0021/1 0\r\n"
        part = head + "K0020/1 2\r\nK0021/1 1\r\n"
        [line] = look(lot, part.encode(), "part.dfq").lines
        assert (line.cells, line.source.left) == ([], ["#1: 1/2 (K0020)"])
        take(lot, whole.encode(), "whole.dfq")
        assert kept(lot) == [("3", 1, "fail", "failed"), ("3", 2, "pass", "passed")]
