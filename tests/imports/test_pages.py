"""The pages of an import in both languages: template, upload, preview, dry run, import, problems, way back, and who sees what."""

import io

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from qms.imports import tasks
from qms.imports.models import ImportBatch, ImportProgress
from qms.imports.registry import KINDS
from qms.lib import bells
from qms.lib.ids import uuid7
from qms.masterdata.models import Item

from .conftest import ITEM, sheet_file, text_file

pytestmark = pytest.mark.django_db
ROWS = [ITEM, ("100", "OLD-100", "Bearing housing", "u"), ("200", "OLD-200", "=HYPERLINK()", "u")]
FORM = {
    "site": "AUG",
    "source": "old-qms",
    "encoding": "utf-8-sig",
    "separator": "comma",
    "decimal_sign": "point",
    "date_format": "iso",
    "timezone": "Europe/Berlin",
}


@pytest.fixture(autouse=True)
def worker(monkeypatch, django_capture_on_commit_callbacks):
    """Bells ring at once; the tasks are the worker's own."""
    monkeypatch.setattr(bells, "ring", lambda task, *values: getattr(tasks, task.removeprefix("imports."))(*values))


@pytest.fixture
def admin(client, people):
    client.force_login(people["admin"])
    return client


def upload(client, rows=ROWS, *, name="parts.csv", kind="items", **given):
    file = rows if isinstance(rows, io.BytesIO) else text_file(rows)
    file.name = name
    return client.post(reverse("imports:upload"), {**FORM, "kind": kind, "file": file, "_key": str(uuid7()), **given})


def press(client, name, batch, callbacks, **data):
    with callbacks(execute=True):
        return client.post(reverse(f"imports:{name}", args=[batch.uid]), data)


def test_the_whole_way_by_pages(admin, django_capture_on_commit_callbacks):
    answer = upload(admin)
    batch = ImportBatch.objects.get()
    assert answer.status_code == 302 and answer["Location"] == batch.get_absolute_url()
    shown = admin.get(batch.get_absolute_url()).content.decode()
    assert "Bearing housing" in shown and "holds a formula" in shown and "Dry run" in shown
    press(admin, "check", batch, django_capture_on_commit_callbacks)
    shown = admin.get(batch.get_absolute_url()).content.decode()
    assert "1 new, 0 changed, 0 unchanged and 1 refused" in shown and "Paste special" in shown
    assert not Item.objects.filter(number="OLD-100").exists()
    batch.refresh_from_db()
    press(admin, "apply", batch, django_capture_on_commit_callbacks, run=str(batch.check_run))
    assert Item.objects.live().filter(number="OLD-100").exists()
    shown = admin.get(batch.get_absolute_url()).content.decode()
    assert "1 created, 0 updated, 0 unchanged, 1 refused" in shown and "Not imported" in shown
    page = admin.get(reverse("imports:roll-back", args=[batch.uid]))
    assert "1 thing is undone" in page.content.decode()
    seen = page.context["form"].initial["seen"]
    back = {"seen": seen, "reason": "wrong file taken", "_key": str(uuid7())}
    assert admin.post(reverse("imports:roll-back", args=[batch.uid]), back).status_code == 302
    assert not Item.objects.live().filter(number="OLD-100").exists()


def test_a_roll_back_of_what_changed_since_is_a_409(admin, django_capture_on_commit_callbacks):
    upload(admin)
    batch = ImportBatch.objects.get()
    press(admin, "check", batch, django_capture_on_commit_callbacks)
    press(admin, "apply", batch, django_capture_on_commit_callbacks)
    stale = {"seen": "0" * 64, "reason": "wrong file taken", "_key": str(uuid7())}
    assert admin.post(reverse("imports:roll-back", args=[batch.uid]), stale).status_code == 409


def test_problems_come_back_as_a_sheet_that_can_be_corrected_and_uploaded(admin, django_capture_on_commit_callbacks):
    upload(admin)
    batch = ImportBatch.objects.get()
    press(admin, "check", batch, django_capture_on_commit_callbacks)
    answer = admin.get(reverse("imports:problems", args=[batch.uid]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rows[1][-1] == "_problem" and not rows[2][-1] and "formula" in rows[3][-1]
    book.active["C4"] = "Cover"
    held = io.BytesIO()
    book.save(held)
    held.seek(0)
    assert upload(admin, held, name="corrected.xlsx").status_code == 302
    second = ImportBatch.objects.order_by("-pk").first()
    press(admin, "check", second, django_capture_on_commit_callbacks)
    assert "2 new, 0 changed, 0 unchanged and 0 refused" in admin.get(second.get_absolute_url()).content.decode()


@pytest.mark.parametrize("kind", ["items", "suppliers", "lots"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_template_that_is_uploaded_as_it_is_holds_no_rows(admin, kind, form, django_capture_on_commit_callbacks):
    answer = admin.get(reverse("imports:template", args=[kind, form]))
    assert answer.status_code == 200 and (form != "csv" or answer.content.startswith(b"\xef\xbb\xbf"))
    file = io.BytesIO(answer.content)
    assert upload(admin, file, name=f"t.{form}", kind=kind).status_code == 302
    batch = ImportBatch.objects.get()
    press(admin, "check", batch, django_capture_on_commit_callbacks)
    assert "0 new, 0 changed, 0 unchanged and 0 refused" in admin.get(batch.get_absolute_url()).content.decode()


def test_the_template_explains_itself_in_the_readers_language(client, people):
    people["admin"].language = "zh-hans"
    client.force_login(people["admin"])
    from qms import journal

    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        people["admin"].save(update_fields=["language"])
        act.record(people["admin"])
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("imports:template", args=["items", "xlsx"])).content))
    first, second = book.worksheets
    assert (
        first["A1"].value == "原系统标识" and first["A2"].value == "external_id" and first["A3"].value.startswith("#")
    )
    assert second.title == "说明" and [second["B2"].value, second["C2"].value] == ["external_id", "是"]
    shown = client.get(reverse("imports:upload")).content.decode()
    assert "新建导入" in shown and "小数点符号" in shown


def test_a_file_that_cannot_be_read_is_refused_beside_its_field(admin):
    raw = io.BytesIO(b"\xef\xbb\xbfexternal_id,number,name,unit\n1,A,Geh\xe4use,u\n")
    answer = upload(admin, raw)
    assert answer.status_code == 422 and "0xE4" in answer.content.decode() and not ImportBatch.objects.exists()


def test_a_workbook_with_a_formula_is_refused_row_by_row(admin, django_capture_on_commit_callbacks):
    upload(admin, sheet_file([ITEM, (1, "OLD-1", "=1+1", "u"), (2, "OLD-2", "Bolt", "u")]), name="a.xlsx")
    batch = ImportBatch.objects.get()
    press(admin, "check", batch, django_capture_on_commit_callbacks)
    assert "1 new, 0 changed, 0 unchanged and 1 refused" in admin.get(batch.get_absolute_url()).content.decode()


def test_progress_is_shown_and_polled_until_the_end(admin, people):
    upload(admin)
    batch = ImportBatch.objects.get()
    ImportProgress.objects.create(batch=batch, stage="check", done=1)
    page = admin.get(batch.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 1s"' in page and "<progress" in page
    fragment = admin.get(batch.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment and 'id="work"' in fragment
    admin.post(reverse("imports:stop", args=[batch.uid]))
    tasks.check(batch.pk, people["admin"].pk)
    page = admin.get(batch.get_absolute_url()).content.decode()
    assert "Stopped by hand" in page and "every 1s" not in page


def test_a_second_bell_finds_the_work_done(admin, people, django_capture_on_commit_callbacks):
    upload(admin)
    batch = ImportBatch.objects.get()
    press(admin, "check", batch, django_capture_on_commit_callbacks)
    press(admin, "apply", batch, django_capture_on_commit_callbacks)
    tasks.apply(batch.pk, people["admin"].pk)
    assert ImportProgress.objects.get(batch=batch).problem == "" and batch.outcomes.count() == 2


@pytest.mark.parametrize("who", ["auditor", "operator", "security"])
def test_others_do_not_come_in(client, people, who):
    client.force_login(people[who])
    assert client.get(reverse("imports:list")).status_code == 403
    assert client.get(reverse("imports:upload")).status_code == 403


def test_an_import_of_another_site_does_not_exist(admin, people):
    lots = [("external_id", "number", "part"), ("1", "A", "B")]
    upload(admin, lots, kind="lots", site="SUZ")
    batch, manager = ImportBatch.objects.get(), Client()
    manager.force_login(people["manager"])
    for name in ("batch", "original", "problems", "roll-back"):
        assert manager.get(reverse(f"imports:{name}", args=[batch.uid])).status_code == 404
    for name in ("check", "apply", "stop"):
        assert manager.post(reverse(f"imports:{name}", args=[batch.uid])).status_code == 404
    assert batch.file_name not in manager.get(reverse("imports:list")).content.decode()


def test_kinds_and_templates_are_those_that_the_person_may_import(client, people):
    client.force_login(people["manager"])
    assert client.get(reverse("imports:template", args=["items", "csv"])).status_code == 404
    assert client.get(reverse("imports:template", args=["lots", "csv"])).status_code == 200
    assert KINDS["items"].shared and not KINDS["lots"].shared
    assert upload(client, kind="items").status_code == 422


def test_the_original_comes_back_untouched(admin):
    sent = text_file(ROWS).getvalue()
    upload(admin)
    batch = ImportBatch.objects.get()
    answer = admin.get(reverse("imports:original", args=[batch.uid]))
    assert b"".join(answer.streaming_content) == sent and answer["Content-Disposition"].startswith("attachment")
