"""A sender's list held against what came: by id, or as count and hash per hour."""

import hashlib
import json

import pytest

from connectors.actions import daysheets, manifests, reconciling
from connectors.models import Difference, Manifest, ReconcileRun
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict
from tests.connectors.mes import event, mes, mes_interface
from tests.factories import person

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
URL = "/api/v1/mes/reconcile"
DAY = {"since": "2026-05-04T00:00:00+02:00", "until": "2026-05-05T00:00:00+02:00"}


def compare(mes, **told):
    raw = json.dumps({"source": "mes-aug", **told})
    return mes.client.post(URL, raw, content_type="application/json", headers={"Authorization": f"Bearer {mes.token}"})


def sent(mes, name, time="2026-05-04T08:15:00+02:00", **data):
    raw = json.dumps({**event(**data), "id": name, "time": time}).encode()
    return mes.post(raw), hashlib.sha256(raw).hexdigest()


def digest(*names):
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def test_by_id(mes):
    _answer, right = sent(mes, "a")
    sent(mes, "b")
    sent(mes, "unmapped", part="NOBODY-KNOWS")
    sent(mes, "the-day-before", "2026-05-03T23:59:59+02:00")
    sent(mes, "only-here", "2026-05-04T23:30:00+02:00")
    refused, _sha = sent(mes, "bad", quantity={"affected": -1})
    assert refused.status_code == 422
    ids = [{"id": "a", "sha256": right}, {"id": "b", "sha256": "0" * 64}, "unmapped", "never-sent", "bad"]
    told = compare(mes, ids=ids, **DAY).json()
    assert told["missing_here"] == ["bad", "never-sent"]
    assert (told["refused"], told["different"], told["waiting"]) == (["bad"], ["b"], ["unmapped"])
    assert told["unknown_there"] == ["only-here"]
    run = Manifest.objects.get()
    assert (str(run.uid), run.interface.code, run.here) == (told["run"], "mes-aug", 3) and run.differing == told[
        "differing"
    ]
    assert '"differing":' in Entry.objects.get(event="interface.compared").payload
    listed = mes.client.get(URL, headers={"Authorization": f"Bearer {mes.token}"}).json()["results"]
    assert [one["run"] for one in listed] == [told["run"]]


def test_by_the_hour_of_the_event_whatever_its_offset(mes):
    for name, minute in (("a", 5), ("é", 10), ("Z", 59)):
        sent(mes, name, f"2026-05-04T08:{minute:02}:00+02:00")
    sent(mes, "next", "2026-05-04T09:00:00+02:00")
    hours = [
        {"hour": "2026-05-04T06:00:00Z", "count": 3, "sha256": digest("a", "é", "Z")},
        {"hour": "2026-05-04T09:00:00+02:00", "count": 2, "sha256": digest("next", "lost")},
        {"hour": "2026-05-04T08:00:00Z", "count": 0, "sha256": digest()},
        {"hour": "2026-05-04T09:00:00Z", "count": 1},
    ]
    told = compare(mes, hours=hours).json()
    assert [(one["there"], one["here"], one["same"]) for one in told["hours"]] == [
        (3, 3, True), (2, 1, False), (0, 0, True), (1, 0, False),
    ]  # fmt: skip
    assert (told["there"], told["here"], told["differing"]) == (6, 4, 2)
    hours[0]["sha256"] = digest("a", "é", "z")
    assert not compare(mes, hours=hours[:1]).json()["hours"][0]["same"]


def test_values_count_too_and_another_source_does_not(mes):
    from tests.connectors.test_measurements import body, post

    post(mes, {**body(), "id": "values", "time": "2026-05-04T08:15:00+02:00"})
    assert compare(mes, ids=[], **DAY).json()["unknown_there"] == ["values"]
    assert compare(mes, source="other", ids=["values"]).json()["missing_here"] == ["values"]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"ids": [], "hours": []},
        {"ids": [5]},
        {"ids": [{"sha256": "x"}]},
        {"hours": []},
        {"hours": [{"hour": "2026-05-04T08:15:00Z", "count": 1}]},
        {"hours": [{"hour": "2026-05-04T08:00:00Z", "count": -1}]},
        {"hours": [{"hour": "2026-05-04T08:00:00Z", "count": 1}] * 2},
        {"hours": [{"hour": "2024-05-04T08:00:00Z", "count": 1}, {"hour": "2026-05-04T08:00:00Z", "count": 1}]},
        {"ids": ["a"], "surprise": 1},
    ],
)
def test_what_is_no_list_is_refused(mes, told):
    assert compare(mes, **told).status_code == 422 and not Manifest.objects.exists()


def test_a_list_is_a_reconciliation_with_owned_differences_and_a_day_sheet(mes, client, monkeypatch):
    first, right = sent(mes, "a")
    sent(mes, "only-here", "2026-05-04T23:30:00+02:00")
    told = [{"id": "a", "sha256": "0" * 64}, "lost", "late"]
    assert compare(mes, ids=told, **DAY).json()["differing"] == 4
    run = ReconcileRun.objects.get()
    assert (run.origin, run.found, run.opened, run.closed, run.problem) == ("manifest", 4, 4, 0, "")
    assert set(Difference.objects.values_list("key", "kind", "record_number")) == {
        ("a", "differs", first.json()["record"]), ("lost", "missing_here", ""), ("late", "missing_here", ""),
        ("only-here", "missing_there", Difference.objects.get(key="only-here").record_number),
    }  # fmt: skip
    client.force_login(person("integration"))
    page = client.get(run.get_absolute_url()).content.decode()
    assert "Manifest sent by the other side" in page and "lost" in page
    lost = Difference.objects.get(key="lost")
    assert "have it sent again" in client.get(lost.get_absolute_url()).content.decode()
    sheet = daysheets.prepare(
        interface=run.interface, day=daysheets.day_of(run.interface, now()), by=person("integration")
    )
    assert (sheet.open_count, sheet.runs[0]["kind"]) == (4, "manifest")
    assert "further difference" not in client.get(sheet.get_absolute_url()).content.decode()
    monkeypatch.setattr(daysheets, "MOST_LINES", 1)
    daysheets.renew(interface=run.interface, by=person("integration"))
    page = client.get(sheet.get_absolute_url()).content.decode()
    assert "3 further differences are counted in the sheet and not listed" in page
    with pytest.raises(Conflict):
        reconciling.resolve(difference=lost, resolution="theirs", reason="fetch it", by=person("integration"))
    reconciling.resolve(difference=lost, resolution="accepted", reason="a test of the line", by=person("integration"))
    # "late" came, "a" is told rightly now, and the accepted one is told again: it stays accepted.
    sent(mes, "late", "2026-05-06T08:00:00+02:00")
    compare(mes, ids=[{"id": "a", "sha256": right}, "lost"])
    assert ReconcileRun.objects.first().closed == 2
    assert set(Difference.objects.open().values_list("key", flat=True)) == {"only-here"}, (
        "what this list is not about stays"
    )
    sheet.refresh_from_db()
    assert (sheet.open_count, sheet.resolved_count) == (1, 3)
    client.force_login(person("gongcheng"))
    assert client.get(lost.get_absolute_url()).status_code == 404


def test_hours_that_differ_are_differences_until_they_agree(mes):
    sent(mes, "a")
    hours = [{"hour": "2026-05-04T06:00:00Z", "count": 2, "sha256": digest("a", "b")}]
    compare(mes, hours=hours)
    [row] = Difference.objects.open()
    assert (row.object, row.kind, row.fields) == ("message-hours", "differs", [["count", "1", "2"]])
    sent(mes, "b")
    compare(mes, hours=hours)
    assert not Difference.objects.open().exists() and ReconcileRun.objects.first().closed == 1


def open_keys():
    return set(Difference.objects.open().values_list("key", flat=True))


def test_what_is_cut_off_is_not_gone(mes, monkeypatch):
    compare(mes, ids=["lost-a", "lost-b", "lost-c"])
    monkeypatch.setattr(manifests, "MOST", 2)
    sent(mes, "lost-a")
    compare(mes, ids=["lost-a", "lost-0", "lost-1", "lost-b", "lost-c"])
    run = ReconcileRun.objects.first()
    assert (run.found, run.opened, run.closed) == (4, 2, 1) and "More than 2 differences" in run.note
    assert open_keys() == {"lost-0", "lost-1", "lost-b", "lost-c"}


def test_each_sender_of_an_interface_has_its_own_differences(mes):
    eight = {"hour": "2026-05-04T06:00:00Z", "count": 1}
    compare(mes, source="line-1", hours=[eight])
    compare(mes, source="line-2", hours=[{**eight, "count": 0}])
    compare(mes, hours=[{**eight, "count": 0}])
    [hour] = Difference.objects.open()
    assert (hour.key, hour.name) == ("line-1|2026-05-04T06:00:00+00:00", "line-1|2026-05-04 06:00")
    compare(mes, source="line-1", ids=["7", "8"])
    sent(mes, "7")
    compare(mes, ids=["7"])
    compare(mes, source="line-2", ids=[])
    assert open_keys() == {hour.key, "line-1|7", "line-1|8"}, "7 of line-1 did not come: 7 of the MES did"
    mes.post({**event(), "source": "line-1", "id": "7", "time": "2026-05-04T08:15:00+02:00"})
    compare(mes, source="line-1", ids=[])
    assert open_keys() == {hour.key, "line-1|8"}, "what came since is gone, named on the list or not"
    compare(mes, source="line-1", hours=[eight])
    assert open_keys() == {"line-1|8"}
