"""Values by the thousand over REST: kept exactly, judged one by one, never twice, and never dropped for want of a meaning."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connectors import inbox
from connectors.actions import pause, resume
from connectors.models import InboxMessage, Quarantined
from inspection import queries
from inspection.models import Measurement, MeasurementBatch, Series
from ncr.models import Nonconformance
from qms.journal.models import Entry
from qms.lib.clock import now
from tests.connectors.mes import in_use, mes, mes_interface
from tests.factories import person

__all__ = ["mes", "mes_interface"]
PROVES = ("G19", "G22")
pytestmark = pytest.mark.django_db
URL = "/api/v1/mes/measurements"


def body(values=(12.01, 12.02, 12.03), header=(), **more):
    start = now() - timedelta(minutes=5)
    told = {"part": "TB-4711", "characteristic": "BORE", "unit": "mm", "lower": 11.9, "upper": 12.1, **dict(header)}
    columns = {"t": [(start + timedelta(seconds=n)).isoformat() for n in range(len(values))], "v": list(values)}
    return {"source": "mes-aug", "id": str(uuid.uuid4()), "header": told, **columns, **more}


def post(mes, sent, content_type="application/json"):
    raw = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return mes.client.post(URL, raw, content_type=content_type, headers={"Authorization": f"Bearer {mes.token}"})


def event(kind, time="2026-05-04T08:15:00+02:00", **data):
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "mes-aug",
        "type": kind,
        "time": time,
        "data": data,
    }


def test_one_request_becomes_rows_an_act_and_a_receipt(mes):
    sent = body(
        ["12.010000000000000001", 12.5, 12.03], serial=["S1", "S2", "S3"], header={"lot": "L-1", "gauge": "G-7"}
    )
    answer = post(mes, sent)
    told = answer.json()
    assert answer.status_code == 202 and told["status"] == "created", told
    assert [told[n] for n in ("told", "kept", "repeated", "doubtful", "rejected", "outside")] == [3, 3, 0, 0, 0, 1]
    rows = list(Measurement.objects.order_by("measured_at"))
    assert [str(row.value) for row in rows] == ["12.010000000000000001", "12.5", "12.03"]
    assert [row.serial for row in rows] == ["S1", "S2", "S3"] and {row.lot for row in rows} == {"L-1"}
    assert rows[0].upper == Decimal("12.1") and [row.is_outside for row in rows] == [False, True, False]
    batch = MeasurementBatch.objects.get()
    assert (batch.kept, batch.header["gauge"], batch.site.code) == (3, "G-7", "AUG") and queries.is_intact(batch)
    entry = Entry.objects.get(event="measurement.recorded")
    assert batch.sha256 in entry.payload and '"outside":1' in entry.payload
    receipt = mes.client.get(told["receipt"], headers={"Authorization": f"Bearer {mes.token}"}).json()
    assert receipt["status"] == "APPLIED" and receipt["measurements"]["kept"] == 3
    assert InboxMessage.objects.get().message_type == "mes.measurements" and not Nonconformance.objects.exists()


def test_what_is_sent_again_is_kept_once(mes):
    sent = body(ids=["a", "b", "c"])
    assert post(mes, sent).json()["status"] == "created" and post(mes, sent).json()["status"] == "duplicate"
    again = {**sent, "id": "another request", "v": [12.01, 12.02, 12.03]}
    told = post(mes, again).json()
    assert (told["kept"], told["repeated"]) == (0, 3) and Measurement.objects.count() == 3
    other = post(mes, {**sent, "v": [1, 2, 3]})
    assert other.status_code == 422 and other.json()["code"] == "id_reused" and Quarantined.objects.count() == 1
    assert Measurement.objects.count() == 3


def test_each_odd_value_is_answered_by_itself(mes):
    at = now()
    t = [at.isoformat()] * 9
    t[5] = (at + timedelta(hours=1)).isoformat()
    t[6], t[7] = "2026-02-31T08:00:00Z", int(at.timestamp() * 1000)
    values = [12, "OVER", -999, None, "12.05", 12.01, 12.02, 12.03, "1e400"]
    told = post(mes, body(values, t=t)).json()
    assert [(one["index"], one["status"], one["code"]) for one in told["values"]] == [
        (1, "rejected", "not_a_number"),
        (2, "doubtful", "sensor_code"),
        (3, "rejected", "not_a_number"),
        (5, "doubtful", "time_ahead"),
        (6, "rejected", "not_a_time"),
        (8, "rejected", "out_of_range"),
    ]
    assert all(one["detail"] for one in told["values"]) and (told["kept"], told["rejected"]) == (5, 4)
    assert Measurement.objects.sound().count() == 3 and told["outside"] == 0


def test_a_code_of_a_sensor_within_its_limits_is_a_value(mes, mes_interface):
    told = post(mes, body([999], header={"lower": 900, "upper": 1100, "characteristic": "PRESSURE"})).json()
    assert told["doubtful"] == 0 and told["kept"] == 1


def test_limits_that_are_reversed_count_for_nothing(mes):
    told = post(mes, body([12.5], header={"lower": 12.1, "upper": 11.9})).json()
    assert [one["code"] for one in told["values"]] == ["limits_reversed"] and told["outside"] == 0
    assert not Measurement.objects.get().is_outside and Measurement.objects.sound().count() == 1


def test_late_values_and_times_without_offset_are_marked(mes):
    told = post(mes, body([12.0, 12.0], t=["2026-05-04T08:15:00", "2026-05-04T08:15:01Z"])).json()
    assert {(one["index"], one["code"]) for one in told["values"]} == {
        (0, "time_late"), (1, "time_late"), (0, "time_without_offset"),
    }  # fmt: skip
    moments = {row.measured_at for row in Measurement.objects.all()}
    assert datetime(2026, 5, 4, 6, 15, tzinfo=UTC) in moments and datetime(2026, 5, 4, 8, 15, 1, tzinfo=UTC) in moments


def test_columns_may_differ_in_everything(mes):
    sent = body(
        [12.0, 3.2, 12.1], characteristic=["BORE", "ROUGH", "BORE"], unit=["mm", "um", "mm"], lot=["A", "B", ""],
        lower=[11, None, 11], upper=[13, 1.6, 12],
    )  # fmt: skip
    told = post(mes, sent).json()
    assert (told["kept"], told["outside"], Series.objects.count()) == (3, 2, 2)
    rows = Measurement.objects.order_by("measured_at").values_list(
        "series__characteristic_name", "series__unit_name", "lot"
    )
    assert list(rows) == [("BORE", "mm", "A"), ("ROUGH", "um", "B"), ("BORE", "mm", "")]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"v": [1, 2]}, "/t"),
        ({"v": [], "t": []}, "/v"),
        ({"serial": ["S"]}, "/serial"),
        ({"header": {"characteristic": "BORE"}}, "/header/part"),
        ({"header": {"part": "P"}}, "/characteristic"),
        ({"header": "x"}, "/data"),
        ({"source": ""}, "/source"),
        ({"t": "now"}, "/t"),
    ],
)
def test_a_request_that_is_none_is_refused_and_kept_aside(mes, change, pointer):
    answer = post(mes, {**body(), **change})
    assert answer.status_code == 422 and pointer in [e["pointer"] for e in answer.json()["errors"]], answer.json()
    assert Quarantined.objects.count() == 1 and not Measurement.objects.exists()


def test_other_frames_are_refused(mes):
    assert post(mes, body(), "text/csv").status_code == 415
    assert post(mes, b"{").status_code == 400 and post(mes, b"[]").status_code == 422
    assert post(mes, body(header={"site": "SUZ"})).status_code == 403
    mes.token = "qms_" + "x" * 43
    assert post(mes, body()).status_code == 401 and not Measurement.objects.exists()


def test_an_unknown_part_or_characteristic_waits_and_loses_nothing(mes):
    told = post(mes, body(header={"part": "NOBODY-KNOWS"})).json()
    assert told["status"] == "created" and told["kept"] == 3 and "NOBODY-KNOWS · BORE" in told["notes"][0]
    assert list(Series.objects.unknown().values_list("part_name", flat=True)) == ["NOBODY-KNOWS"]


def test_a_paused_interface_keeps_the_request_and_applies_it_later(mes, mes_interface):
    owner = person("integration")
    pause(interface=mes_interface, by=owner, reason="new firmware")
    told = post(mes, body()).json()
    assert told["status"] == "parked" and told["told"] is None and not Measurement.objects.exists()
    resume(interface=mes_interface, by=owner, reason="done")
    inbox.retry_waiting()
    assert Measurement.objects.count() == 3 and InboxMessage.objects.get().state == "APPLIED"


def test_a_single_value_goes_the_same_way(mes):
    sent = event(
        "mes.measurement.recorded", part="TB-4711", characteristic="BORE", value="12,5", unit="mm", serial="S1"
    )
    answer = mes.post(sent)
    assert answer.status_code == 201, answer.content
    assert MeasurementBatch.objects.get().rejected == 1 and not Measurement.objects.exists()
    sent = event(
        "mes.measurement.recorded", part="TB-4711", characteristic="BORE", value=12.5, upper=12.1, serials=["S1"]
    )
    assert mes.post(sent).status_code == 201 and mes.post(sent).json()["status"] == "duplicate"
    row = Measurement.objects.get()
    assert (row.external_id, row.serial, row.is_outside) == (sent["id"], "S1", True)
    assert not Nonconformance.objects.exists()


def test_a_mapping_may_stand_before_it(mes, mes_interface):
    rules = {
        "fields": [
            {"to": "part", "from": "/Material"}, {"to": "characteristic", "from": "/Tag"},
            {"to": "value", "from": "/Reading", "as": "decimal", "comma": True},
        ]
    }  # fmt: skip
    in_use(mes_interface, rules, "mes.measurement.recorded")
    sent = event("mes.measurement.recorded", Material="TB-4711", Tag="BORE", Reading="12,5")
    assert mes.post(sent).status_code == 201 and Measurement.objects.get().value == Decimal("12.5")
