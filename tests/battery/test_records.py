"""What every record type owes its readers, on every record type by reflection: a new model is tested by existing."""

import csv
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qms.journal import queries as trail
from qms.journal.models import Entry
from qms.ui.filters import Choices, DateRange, NumberRange
from tests.factories.pictures import picture

from .plant import CANARY
from .screens import fetch, params, text

PROVES = ("11.10(b)", "11.10(d)", "11.10(e)", "11.50", "G16")
pytestmark = pytest.mark.usefixtures("undo")


# --- list ------------------------------------------------------------------------------------------------------------


def test_list_shows_what_is_here_and_hides_what_is_not(at, plant, viewer):
    shown = text(viewer.get(at.list_url, {"size": "100"}))
    assert all(r.number in shown for r in plant.home[at.model].values())
    assert plant.away[at.model].number not in shown and plant.closed[at.model].number not in shown


def test_list_asks_for_a_login_and_for_the_right(at, clients):
    answer = clients["nobody"].get(at.list_url)
    assert answer.status_code == 302 and answer["Location"].startswith("/login?next=")
    assert clients[at.blind].get(at.list_url).status_code == 403


def test_each_choice_of_each_filter_narrows_to_its_value(at, user):
    everything = set(at.spec.rows(user).values_list("pk", flat=True))
    for choice in (f for f in at.spec.filters if isinstance(f, Choices)):
        found = [
            set(at.spec.narrow(user, params(f"{choice.name}={code}")).values_list("pk", flat=True))
            for code, _ in choice.pairs()
        ]
        assert set().union(*found) == everything, choice.name
        assert sum(map(len, found)) == len(everything), f"{choice.name}: a row counts twice"


def test_each_state_filters_its_record(at, plant, user):
    for state, row in plant.home[at.model].items():
        rows = at.spec.narrow(user, params(f"state={state}"))
        assert row.pk in rows.values_list("pk", flat=True) and set(rows.values_list("state", flat=True)) == {state}


def test_a_filter_without_meaning_is_said_and_nothing_breaks(at, viewer):
    for asked in at.spec.filters:
        for name in asked.form_fields():
            answer = viewer.get(at.list_url, {name: "\x00' OR 1=1 --"})
            assert answer.status_code in (200, 422), name
        if isinstance(asked, (Choices, DateRange, NumberRange)):
            assert viewer.get(at.list_url, {next(iter(asked.form_fields())): "nonsense"}).status_code == 422


def test_every_tab_opens(at, viewer):
    assert all(viewer.get(f"{at.list_url}?{tab.query()}").status_code == 200 for tab in at.spec.tabs)


def test_search_finds_by_number(at, plant, user):
    for row in plant.home[at.model].values():
        assert list(at.spec.narrow(user, params(f"q={row.number}")).values_list("pk", flat=True)) == [row.pk]


def test_search_does_not_find_what_is_elsewhere(at, plant, viewer):
    for hidden in (plant.away[at.model], plant.closed[at.model]):
        shown = text(viewer.get(at.list_url, {"q": hidden.number}))
        assert at.url(hidden) not in shown


def test_every_column_sorts_both_ways(at, viewer):
    for column in (c for c in at.spec.columns if c.sort):
        assert viewer.get(at.list_url, {"order": column.sort}).status_code == 200
        assert viewer.get(at.list_url, {"order": f"-{column.sort}"}).status_code == 200


def test_pages_join_without_gap_or_double(at, user):
    everything = set(at.spec.rows(user).values_list("pk", flat=True))
    for order in {at.spec.order, *(c.sort for c in at.spec.columns if c.sort)}:
        seen, mark = [], ""
        while True:
            page = at.spec.page(user, params(f"order={order}&after={mark}"), size=3)
            seen += [row.pk for row in page.rows]
            if not (mark := page.next):
                break
        assert len(seen) == len(set(seen)) and set(seen) == everything, order


def test_a_forged_page_mark_is_refused(at, viewer):
    assert viewer.get(at.list_url, {"after": "bm9uc2Vuc2U"}).status_code == 422


def test_list_costs_the_same_queries_for_few_and_many(at, viewer, plant):
    viewer.get(at.list_url)
    counts = []
    for asked in ({"q": plant.one(at.model).number}, {"size": "100"}):
        with CaptureQueriesContext(connection) as caught:
            assert viewer.get(at.list_url, asked).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 12


def test_fragment_for_htmx_has_no_frame(at, viewer):
    answer = viewer.get(at.list_url, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and "<html" not in text(answer) and "HX-Request" in answer["Vary"]


def test_list_speaks_chinese_to_a_chinese_reader(at, clients):
    assert 'lang="zh-hans"' in text(clients[at.far].get(at.list_url)).lower()


# --- exports ---------------------------------------------------------------------------------------------------------


def test_csv_holds_the_rows_of_the_view_and_is_journalled(at, plant, viewer, user):
    answer = viewer.get(at.list_url, {"format": "csv"})
    rows = list(csv.reader(io.StringIO(text(answer).lstrip("\ufeff"))))
    assert {r.number for r in plant.home[at.model].values()} <= {cell for row in rows for cell in row}
    assert answer["Content-Disposition"].startswith("attachment")
    entry = Entry.objects.filter(event="list.exported").latest("id")
    assert entry.actor_id == str(user.pk) and f'"rows":{at.spec.rows(user).count()}' in entry.payload


def test_xlsx_is_a_workbook_with_the_rows(at, plant, viewer):
    answer = viewer.get(at.list_url, {"format": "xlsx"})
    book = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    words = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert all(r.number in words for r in plant.home[at.model].values()) and CANARY not in words


def test_export_asks_a_right_of_its_own(at, clients):
    assert clients[at.reader].get(at.list_url).status_code == 200
    assert clients[at.reader].get(at.list_url, {"format": "csv"}).status_code == 403


# --- the record's page -----------------------------------------------------------------------------------------------


def test_every_state_has_a_page(at, plant, viewer):
    for state, row in plant.home[at.model].items():
        answer = viewer.get(at.url(row))
        assert answer.status_code == 200 and row.number in text(answer), state


def test_elsewhere_closed_and_missing_look_the_same(at, plant, viewer):
    hidden = [at.url(plant.away[at.model]), at.url(plant.closed[at.model])]
    missing = hidden[0].replace(plant.away[at.model].number, f"{at.model.prefix}-99-999999")
    answers = [viewer.get(url) for url in (*hidden, missing)]
    assert {a.status_code for a in answers} == {404}
    assert not any(CANARY in text(a) for a in answers)


def test_page_asks_for_a_login_and_for_the_right(at, record, clients):
    assert clients["nobody"].get(at.url(record)).status_code == 302
    assert clients[at.blind].get(at.url(record)).status_code == 404


def test_the_other_site_sees_its_own(at, plant, clients):
    assert clients[at.far].get(at.url(plant.away[at.model])).status_code == 200
    assert clients[at.far].get(at.url(plant.one(at.model))).status_code == 404


def test_pages_are_not_kept_and_allow_no_foreign_script(at, record, viewer):
    answer = viewer.get(at.url(record))
    assert answer["Cache-Control"] == "no-store" and "default-src 'none'" in answer["Content-Security-Policy"]


def test_other_verbs_are_refused(at, record, viewer):
    assert {getattr(viewer, verb)(at.url(record)).status_code for verb in ("put", "patch", "delete")} == {405}
    assert {getattr(viewer, verb)(at.list_url).status_code for verb in ("post", "put", "patch", "delete")} == {405}


def test_number_opens_the_record_from_everywhere(at, record, plant, viewer):
    for url in (f"/r/{record.number}", f"/find?q={record.number}", f"/find?q=%20{record.number.lower()}"):
        answer = viewer.get(url)
        assert (answer.status_code, answer.headers.get("Location")) == (302, at.url(record)), url
    assert viewer.get(f"/r/{plant.away[at.model].number}").status_code == 404


def test_page_costs_a_bounded_number_of_queries(at, plant, viewer):
    for state, row in plant.home[at.model].items():
        with CaptureQueriesContext(connection) as caught:
            viewer.get(at.url(row))
        assert len(caught) <= 60, state


# --- history and timeline --------------------------------------------------------------------------------------------


def test_history_holds_every_version(at, plant):
    for row in plant.home[at.model].values():
        versions = list(row.history.order_by("history_id"))
        entries = Entry.objects.filter(object_type=row._meta.label_lower, object_key=str(row.pk), kind="row")
        assert len(versions) == entries.count() >= 1
        assert versions[0].history_type == "+" and versions[-1].state == row.state
        assert all(v.history_act and v.history_schema for v in versions)


def test_timeline_tells_who_did_what(at, plant):
    for row in plant.home[at.model].values():
        lines = trail.timeline(row)
        assert lines and all(line.sentence and line.actor_name and line.at for line in lines)
        assert "%(" not in "".join(line.sentence for line in lines)


def test_past_states_can_be_read(at, plant):
    row = list(plant.home[at.model].values())[-1]
    first = row.history.earliest("history_date")
    assert at.model.history.as_of(first.history_date).get(pk=row.pk).state == first.state


# --- signatures ------------------------------------------------------------------------------------------------------


def test_a_signature_shows_printed_name_time_and_meaning(at, plant, viewer):
    """On the page as in the interface, with whether it still covers the record (21 CFR 11.50)."""
    from django.utils.html import escape

    from qms.records import queries as records

    for row in plant.home[at.model].values():
        page, told = text(viewer.get(at.url(row))), fetch(viewer, f"{at.api}/{row.number}").json()["signatures"]
        signed = records.signatures(row)
        assert [s["name"] for s in told] == [line.signature.signer_name for line in signed]
        for shown, line in zip(told, signed, strict=True):
            made, day = line.signature, line.signature.signed_at.date().isoformat()
            words = (made.signer_name, str(made.get_meaning_display()), day)
            assert all(escape(word) in page for word in words), row.number
            assert shown["at"].startswith(day) and shown["at"].endswith("Z") and shown["covers"] is line.covers
            assert (shown["meaning"], shown["sentence"]) == (made.meaning, made.sentence)


# --- comments and files ----------------------------------------------------------------------------------------------


def test_a_comment_stands_in_the_timeline_and_in_the_trail(at, record, viewer):
    answer = viewer.post(at.url(record), {"text": "Seen on the second shift too <b>."})
    assert answer.status_code == 302
    assert "Seen on the second shift too &lt;b&gt;." in text(viewer.get(at.url(record)))
    assert Entry.objects.filter(event="record.commented", object_key=str(record.pk)).exists()


def test_an_empty_comment_is_refused(at, record, viewer):
    assert viewer.post(at.url(record), {"text": "  "}).status_code == 422


def test_nobody_comments_on_what_is_hidden_or_without_the_right(at, record, plant, viewer, clients):
    assert viewer.post(at.url(plant.away[at.model]), {"text": "hello"}).status_code == 404
    assert clients["auditor"].post(at.url(record), {"text": "hello"}).status_code == 403


def test_a_file_is_kept_and_comes_back_untouched(at, record, viewer, clients):
    from qms.records.models import Attachment

    content = picture(color="green")
    answer = viewer.post(reverse("office:attach", args=[record.number]), {"file": SimpleUploadedFile("a.png", content)})
    assert answer.status_code == 302
    url = reverse("office:attachment", args=[Attachment.objects.get(record_key=str(record.pk), name="a.png").uid])
    answer = viewer.get(url)
    assert b"".join(answer.streaming_content) == content and answer["Content-Disposition"].startswith("attachment")
    assert clients[at.far].get(url).status_code == 404 and clients["nobody"].get(url).status_code == 302


def test_a_file_counts_as_a_change_and_an_ended_record_takes_none(at, plant, user):
    """Its signatures cover its files: nobody uncovers them afterwards, and whoever signs has seen what they sign."""
    from qms.lib.errors import Conflict
    from qms.records import actions

    for state, row in plant.home[at.model].items():
        if at.model.workflow.state(state).final:
            with pytest.raises(Conflict):
                actions.attach(record=row, name="late.png", content=picture(), by=user)
        else:
            actions.attach(record=row, name="in-time.png", content=picture(), by=user)
        added = 0 if at.model.workflow.state(state).final else 1
        assert at.model.objects.get(pk=row.pk).version == row.version + added


def test_a_file_of_another_site_does_not_exist(plant, clients):
    url = reverse("office:attachment", args=[plant.away_file.uid])
    assert clients["engineer"].get(url).status_code == 404 and clients["gongcheng"].get(url).status_code == 200


# --- concurrency -----------------------------------------------------------------------------------------------------


def test_a_stale_page_changes_nothing(at, plant, members, clients):
    from . import bodies, rights
    from .test_transitions import address, image

    tried = 0
    for row in plant.home[at.model].values():
        for step in at.model.workflow.leaving(row.state):
            able = [n for n, u in members.items() if rights.outcome(row, step, u) == {rights.DONE}]
            if not able or not step.counts:
                continue
            before = image(row)
            sent = {**bodies.form(row, step), "version": str(row.version - 1)}
            answer = clients[able[0]].post(address(row, step), {**sent, "_sign": "1"} if step.signature else sent)
            assert answer.status_code == 409, f"{row.state} {step.name}: {answer.status_code}"
            assert image(row) == before
            tried += 1
    assert tried
