"""Open NCRs and their history from another system: real acts, old numbers, evidence that nobody here witnessed, and the way back."""

import json
from datetime import UTC, datetime

import pytest
from django.utils import translation

from ncr import actions as ncr
from ncr.models import ImportedLine, Nonconformance
from qms.imports import actions, queries
from qms.journal import queries as trail
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden
from qms.records import actions as records
from tests.factories import person
from tests.imports.conftest import Way, codes, effects, files, verdicts

pytestmark = pytest.mark.django_db
__all__ = ["files"]
HEAD = (
    "external_id",
    "state",
    "title",
    "part",
    "lot",
    "defect_code",
    "affected_quantity",
    "occurred_at",
    "reported_by",
    "owner",
)
FIRST = (
    "NC-1",
    "Open",
    "Bore too large",
    "PART",
    "LOT-26-0101",
    "DIM-OUT",
    "12",
    "2025-02-03 14:30",
    "I. Falk (left)",
    "engineer",
)
HISTORY = ("external_id", "ncr", "happened_at", "person", "kind", "text")


@pytest.fixture
def way(db):
    return Way()


def table(*rows):
    from qms.masterdata.models import Lot

    part = Lot.objects.live().get(number="LOT-26-0101").item.number
    return [HEAD, *(tuple(part if cell == "PART" else cell for cell in row) for row in rows)]


def row(**given):
    values = dict(zip(HEAD, FIRST, strict=True)) | given
    return tuple(values[name] for name in HEAD)


def took(way, *rows, by="manager"):
    return way.applied("ncrs", table(*(rows or (FIRST,))), by=by)


def one(key="NC-1"):
    return Nonconformance.objects.get(source="import:old-qms", source_event=key)


def test_an_open_ncr_comes_by_the_acts_of_everyday(way):
    batch = took(way)
    found = one()
    assert effects(batch) == ["created"] and found.state == "OPEN" and found.origin == "import"
    assert found.occurred_at == datetime(2025, 2, 3, 13, 30, tzinfo=UTC) and found.created_at.year > 2025
    assert (found.lot.number, found.detected_by, found.owner.username) == ("LOT-26-0101", "I. Falk (left)", "engineer")
    events = [line.event for line in trail.timeline(found)]
    assert events == ["ncr.edited", "ncr.reported"] and found.created_by.username == "manager"


def test_one_in_review_goes_its_way_and_words_of_both_languages_are_taken(way):
    with translation.override("zh-hans"):
        from ncr.workflow import NCR

        word = str(NCR.state("IN_REVIEW").label)
    batch = took(way, row(state=word), row(external_id="NC-2", state="in_review"))
    assert effects(batch) == ["created", "created"] and {one().state, one("NC-2").state} == {"IN_REVIEW"}


def test_whoever_imports_can_neither_approve_nor_verify(way):
    took(way)
    assert one().created_by_id == person("manager").pk


def test_the_same_file_again_changes_nothing(way):
    took(way)
    version, entries = one().version, Entry.objects.filter(event="ncr.reported").count()
    again = took(way)
    assert verdicts(again) == ["unchanged"] and effects(again) == []
    assert one().version == version and Entry.objects.filter(event="ncr.reported").count() == entries


def test_a_changed_row_is_an_edit_as_long_as_nobody_worked_on_it(way):
    took(way)
    took(way, row(title="Bore much too large", affected_quantity="15"))
    assert (one().title, one().affected_quantity, one().undecided_quantity) == ("Bore much too large", 15, 15)
    ncr.start_review(ncr=one(), by=person("engineer"))
    batch = way.checked("ncrs", table(row(title="Other")), by="manager")
    assert codes(batch) == ["worked_on"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"state": "Closed"}, "ncr_not_open"),
        ({"part": "NO-SUCH"}, "unknown_part"),
        ({"defect_code": "NO-SUCH"}, "unknown_defect_code"),
        ({"affected_quantity": "-1"}, "negative"),
        ({"affected_quantity": "0"}, "not_above_zero"),
        ({"affected_quantity": "a dozen"}, "not_a_number"),
        ({"occurred_at": "2999-01-01"}, "in_future"),
        ({"title": "=1+1"}, "formula"),
        ({"title": ""}, "missing"),
    ],
)
def test_rows_that_cannot_be_taken_say_why(way, given, code):
    assert codes(way.checked("ncrs", table(row(**given)), by="manager")) == [code]


def test_units_and_revisions_are_those_of_the_part(way):
    rows = table(FIRST)
    wide = [(*rows[0], "unit", "revision"), (*rows[1], "furlong", "")]
    assert codes(way.checked("ncrs", wide, by="manager")) == ["unknown_unit"]


def test_a_lot_that_only_another_site_knows_is_refused(way):
    from qms.masterdata.models import Lot

    part = Lot.objects.live().get(number="LOT-26-0101").item.number
    way.applied("lots", [("external_id", "number", "part"), ("1", "SUZ-LOT", part)], site="SUZ")
    assert codes(way.checked("ncrs", table(row(lot="SUZ-LOT")), by="manager")) == ["lot_of_other_site"]


def test_an_owner_whom_nobody_knows_is_kept_as_text(way):
    took(way, row(owner="J. Doe"))
    assert one().owner is None and "J. Doe" in ImportedLine.objects.get(ncr=one()).text


def lines(way, *rows):
    return way.applied("ncr-history", [HISTORY, *rows], by="manager")


def test_history_stands_on_the_timeline_as_not_witnessed(way):
    took(way)
    batch = lines(way, ("H1", "NC-1", "2025-02-03 15:00", "I. Falk", "comment", "Lot is in the cage"))
    assert effects(batch) == ["created"]
    line = trail.timeline(one())[0]
    assert (
        "not witnessed by this system" in line.sentence
        and "Lot is in the cage" in line.sentence
        and "I. Falk" in line.sentence
    )
    assert "2025-02-03T14:00" in line.sentence and line.at.year > 2025
    with translation.override("zh-hans"):
        assert "本系统未见证" in trail.timeline(one())[0].sentence


def test_history_comes_once_and_never_changes(way):
    took(way)
    said = ("H1", "NC-1", "2025-02-03 15:00", "I. Falk", "comment", "Lot is in the cage")
    lines(way, said)
    assert verdicts(lines(way, said)) == ["unchanged"]
    assert codes(lines(way, (*said[:5], "Lot was free all along"))) == ["evidence_differs"]
    assert codes(lines(way, ("H2", "NC-404", *said[2:]))) == ["unknown_ncr"]
    assert ImportedLine.objects.count() == 1


def back(batch, reason="wrong file taken"):
    by = person("manager")
    seen = queries.survey_digest(queries.survey(batch, by))
    return actions.roll_back(batch=batch, by=by, reason=reason, seen=seen)


def test_rolled_back_ncrs_are_cancelled_and_their_lines_withdrawn(way):
    first = took(way)
    second = lines(way, ("H1", "NC-1", "2025-02-03 15:00", "I. Falk", "comment", "Lot is in the cage"))
    back(second)
    assert ImportedLine.objects.get().withdrawn_at and "Withdrawn" in trail.timeline(one())[0].sentence
    back(first)
    assert one().state == "CANCELLED"
    said = json.loads(Entry.objects.filter(event="ncr.cancelled", kind="act").latest("id").payload)
    assert said["reason"] == "wrong file taken"


def test_what_somebody_worked_on_stays(way):
    batch = took(way, FIRST, row(external_id="NC-2"), row(external_id="NC-3"))
    ncr.start_review(ncr=one(), by=person("engineer"))
    records.comment(record=one("NC-2"), text="I am looking into it", by=person("engineer"))
    assert [fate.is_possible for fate in queries.survey(batch, person("manager"))] == [False, False, True]
    back(batch)
    assert [one(key).state for key in ("NC-1", "NC-2", "NC-3")] == ["IN_REVIEW", "OPEN", "CANCELLED"]


def test_a_changed_ncr_becomes_what_it_was(way):
    took(way)
    back(took(way, row(title="Other", affected_quantity="15")))
    assert (one().title, one().affected_quantity, one().state) == ("Bore too large", 12, "OPEN")


def test_work_between_preview_and_roll_back_is_a_conflict(way):
    batch, by = took(way), person("manager")
    seen = queries.survey_digest(queries.survey(batch, by))
    ncr.start_review(ncr=one(), by=person("engineer"))
    with pytest.raises(Conflict):
        actions.roll_back(batch=batch, by=by, reason="wrong file taken", seen=seen)
    assert one().state == "IN_REVIEW"


@pytest.mark.parametrize("who", ["admin", "auditor", "engineer"])
def test_ncrs_are_imported_by_whoever_may_both_import_and_review(way, who):
    with pytest.raises(Forbidden):
        way.upload("ncrs", table(FIRST), by=who)


@pytest.mark.parametrize(
    ("given", "column", "old", "new"),
    [
        ({"state": "In review"}, "Status", "Open", "In review"),
        ({"owner": "manager"}, "Owner", "engineer", "manager"),
        ({"defect_code": "DIM-POS"}, "Defect code", "DIM-OUT", "DIM-POS"),
        ({"lot": ""}, "Lot number", "LOT-26-0101", "–"),
        ({"occurred_at": "2025-02-04 14:30"}, "Found at", "2025-02-03T13:30:00+00:00", "2025-02-04T13:30:00+00:00"),
    ],
)
def test_a_later_import_says_what_it_may_not_change(way, given, column, old, new):
    took(way)
    batch = way.applied("ncrs", table(row(title="Other", **given)), by="manager")
    assert codes(batch) == ["fixed"] and effects(batch) == ["refused"]
    [(label, sentence, hint)] = queries.lines(batch, "refused", 0)[0][0].problems
    assert str(label) == column and f"“{new}”" in sentence and f"“{old}”" in sentence and one().number in hint
    assert (one().title, one().state, one().owner.username) == ("Bore too large", "OPEN", "engineer")
    with translation.override("zh-hans"):
        assert "再次导入" in queries.lines(batch, "refused", 0)[0][0].problems[0][1]


def test_the_same_status_in_another_word_and_work_done_since_are_no_change(way):
    took(way)
    ncr.start_review(ncr=one(), by=person("engineer"))
    with translation.override("zh-hans"):
        from ncr.workflow import NCR

        word = str(NCR.state("OPEN").label)
    assert verdicts(way.checked("ncrs", table(row(state=word, owner="ENGINEER")), by="manager")) == ["unchanged"]


def test_what_counts_is_the_import_that_was_applied_last(way):
    took(way)
    took(way, row(title="Bore much too large"))
    way.checked("ncrs", table(row(owner="manager")), by="manager")  # a dry run says nothing for later ones
    assert verdicts(way.checked("ncrs", table(row(title="Bore much too large")), by="manager")) == ["unchanged"]
    assert codes(way.checked("ncrs", table(row(owner="")), by="manager")) == ["fixed"]
