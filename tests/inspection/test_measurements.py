"""What values mean, who may say so, what is shown of them, and how long they are kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from inspection import actions, queries
from inspection.choices import Doubt
from inspection.models import Measurement, MeasurementBatch, Series
from qms.journal import queries as trail
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Forbidden, Invalid
from qms.masterdata.actions import map_value
from qms.masterdata.models import Item
from tests.factories import person
from tests.factories.values import series, values

PROVES = ("11.10(a)",)
pytestmark = pytest.mark.django_db
WHY = "as drawn, position 4"


def part(number="TB-4711"):
    return Item.objects.live().filter(number=number).order_by("pk").first()


def named(one, **more):
    given = {"item": part(), "characteristic": "Bore 12 H7", "unit": "mm", "factor": Decimal(1), "reason": WHY, **more}
    return actions.name_series(series=one, by=person("engineer"), **given)


def test_a_characteristic_is_named_once_for_all_its_values():
    one = series(unit="mm")
    assert not one.is_known
    assert named(one).is_known and [line.event for line in trail.timeline(one)][:1] == ["measurement.named"]
    values(12, 13, unit="mm")
    assert Series.objects.count() == 1 and not Series.objects.unknown().exists()
    inch = series(unit="in")
    assert (inch.characteristic, inch.unit, inch.factor) == ("Bore 12 H7", "mm", None)
    with pytest.raises(Invalid) as refused:
        named(inch, unit="in")
    assert refused.value.field == "unit"
    named(inch, factor=Decimal("25.4"))
    day = queries.day(Series.objects.all(), since=now() - timedelta(days=1), until=now())
    assert (day.count, day.most) == (4, Decimal("12.01") * Decimal("25.4"))


def test_another_source_learns_from_what_was_said():
    named(series(unit="mm"))
    other = series(source="cmm-2", unit="mm")
    assert other.is_known and list(queries.beside(other, Series.objects.all())) == [Series.objects.earliest("pk")]


def test_a_part_that_arrives_or_is_mapped_later_is_found_by_itself():
    one = series(part="4711-LEFT")
    assert one.item is None and not actions.learn_meanings(by=person("engineer"))
    map_value(
        source="mes-aug",
        kind="item",
        foreign_value="4711-LEFT",
        local_value="TB-4711",
        by=person("engineer"),
        reason=WHY,
    )
    assert actions.learn_meanings(by=person("engineer")) == 1
    one.refresh_from_db()
    assert one.item == part()


def test_who_may_say_it():
    one = series()
    for name in ("operator", "gongcheng", "auditor"):
        with pytest.raises(Forbidden):
            actions.name_series(
                series=one, item=part(), characteristic="B", unit="", factor=Decimal(1), by=person(name), reason=WHY
            )
    with pytest.raises(Invalid):
        named(one, characteristic=" ")
    with pytest.raises(Invalid):
        named(one, reason="")


def test_what_was_written_cannot_be_changed_and_is_proved_by_the_batch():
    batch = values(12, 12.5, upper=Decimal("12.1"))
    assert queries.is_intact(batch) and batch.outside == 1
    for sql in (
        "UPDATE inspection_measurement SET value = 1",
        "DELETE FROM inspection_measurement",
        "TRUNCATE inspection_measurement",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    with connection.cursor() as cursor:  # what nobody told stands out
        cursor.execute(
            "INSERT INTO inspection_measurement (series_id, batch_id, measured_at, value, external_id)"
            " SELECT series_id, batch_id, measured_at, 99, 'forged' FROM inspection_measurement LIMIT 1"
        )
    assert not queries.is_intact(batch)


def test_days_stand_ahead_and_what_fits_none_is_kept_beside():
    with connection.cursor() as cursor:
        cursor.execute("SELECT qms_extend_measurements()")
        values(12)
        cursor.execute("SELECT tableoid::regclass::text FROM inspection_measurement")
        assert cursor.fetchone()[0] == f"inspection_measurement_{now():%Y%m%d}"
        Measurement.objects.bulk_create([row_at(now() + timedelta(days=300), "next year")])
    assert Measurement.objects.count() == 2


def row_at(moment, name):
    one, batch = Series.objects.latest("pk"), MeasurementBatch.objects.latest("pk")
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('inspection_measurement', 'id'))")
        [key] = cursor.fetchone()
    return Measurement(pk=key, series=one, batch=batch, measured_at=moment, value=Decimal(12), external_id=name)


def test_raw_values_are_dropped_by_the_day_and_the_trail_says_so():
    values(12)
    Measurement.objects.bulk_create(
        [row_at(now() - timedelta(days=days), f"{days} days old") for days in (20, 40, 100)]
    )
    assert actions.drop_old(days=5, by=person("manager")) == 2  # never fewer than 30 days
    assert set(Measurement.objects.values_list("external_id", flat=True)) >= {"20 days old"}
    assert Measurement.objects.count() == 2
    entry = Entry.objects.get(event="measurement.dropped")
    assert '"count":2' in entry.payload and '"days_kept":30' in entry.payload
    assert (
        actions.drop_old(days=90, by=person("manager")) == 0
        and Entry.objects.filter(event="measurement.dropped").count() == 1
    )


def test_pages_show_values_newest_first_and_only_those_of_the_site(client):
    home, away = series(unit="mm"), series(site="SUZ", source="mes-suz")
    values(12.5, 999, unit="mm", flags=[0, 1], lot="L-77", serial="SN-9", upper=Decimal("12.1"))
    client.force_login(person("operator"))
    page = client.get(reverse("inspection:measurement-list"), {"serial": "SN-9"}).content.decode()
    assert page.index(">999<") < page.index(">12.5<") and "outside the limits" in page and "code of the sensor" in page
    assert "mes-suz" not in client.get(reverse("inspection:series-list")).content.decode()
    page = client.get(home.get_absolute_url()).content.decode()
    assert "12.01 mm" in page and reverse("inspection:series-name", args=[home.uid]) not in page
    for address in (away.get_absolute_url(), MeasurementBatch.objects.get(source="mes-suz").get_absolute_url()):
        assert client.get(address).status_code == 404
    batch = client.get(MeasurementBatch.objects.latest("pk").get_absolute_url()).content.decode()
    assert "SHA-256" in batch and ">yes<" in batch.replace("\n", "").replace(" ", "")
    found = client.get("/api/v1/measurements", {"lot": "L-77", "outside": "1"}).json()["results"]
    assert [(row["value"], row["serial"]) for row in found] == [("12.5", "SN-9")], (
        "a code of the sensor is outside of nothing"
    )
    assert len(client.get("/api/v1/measured-characteristics", {"unknown": "1"}).json()["results"]) == 1


def test_a_person_names_it_on_a_page(client):
    one = series(unit="mm")
    client.force_login(person("engineer"))
    address = reverse("inspection:series-name", args=[one.uid])
    page = client.get(address)
    assert page.status_code == 200 and "BORE" in page.content.decode()
    key = page.content.decode().split('name="_key" value="')[1].split('"')[0]
    form = {"_key": key, "item": "TB-4711", "characteristic": "Bore 12 H7", "unit": "mm", "factor": "1", "reason": WHY}
    assert client.post(address, {**form, "item": "NO-SUCH-PART"}).status_code == 422
    assert client.post(address, form).status_code == 302
    one.refresh_from_db()
    assert one.is_known
    client.force_login(person("gongcheng"))
    assert "可疑" in client.get(reverse("inspection:measurement-list")).content.decode()


def test_statistics_of_a_day_are_asked_by_the_index():
    one = series()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN " + queries.DAY.replace("%s::bigint[]", f"'{{{one.pk}}}'::bigint[]").replace("%s::numeric[]", "'{1}'::numeric[]")
            .replace("measured_at >= %s AND measured_at < %s", "measured_at >= now() - interval '1 day' AND measured_at < now()")
            .replace("flags & %s", "flags & 5")
        )  # fmt: skip
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "series_id_measured_at" in plan and f"_{now() - timedelta(days=3):%Y%m%d}" not in plan


def test_a_code_of_the_sensor_is_outside_of_nothing(client):
    values(12, -999, upper=Decimal(11), lower=Decimal(0), flags=[0, Doubt.SENSOR.value])
    batch = MeasurementBatch.objects.get()
    shown = [row.value for row in Measurement.objects.all() if row.is_outside]
    client.force_login(person("engineer"))
    page = client.get(reverse("inspection:measurement-list") + "?outside=1")
    assert batch.outside == len(shown) == 1 and page.content.decode().count("data-row") == 1
