"""Bodies of events, for the schema only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers


class EventQuantity(serializers.Serializer[Any]):
    affected = serializers.DecimalField(20, 6)
    unit = serializers.CharField(required=False)
    inspected = serializers.DecimalField(20, 6, required=False)


class TravelerData(serializers.Serializer[Any]):
    """The record of execution that the defect belongs to; `system` is the interface unless told."""

    id = serializers.CharField(max_length=200)
    system = serializers.CharField(required=False)
    record_type = serializers.CharField(required=False)
    url = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    sha256 = serializers.CharField(required=False)
    captured_at = serializers.DateTimeField(required=False)


class DefectData(serializers.Serializer[Any]):
    """Of `mes.defect.logged`. Fields that are not named here are kept with the event. `defect_id`: the MES's own name of the
    defect, by which later events call it; without one the event's id is that name. A defect that is logged once more is told
    anew (200, updated). For the schema only."""

    defect_id = serializers.CharField(required=False, max_length=200)
    sequence = serializers.IntegerField(required=False, min_value=0)

    nc_code = serializers.CharField()
    quantity = EventQuantity()
    part = serializers.CharField(required=False)
    part_revision = serializers.CharField(required=False)
    lot = serializers.CharField(required=False)
    order = serializers.CharField(required=False)
    operation = serializers.CharField(required=False)
    work_center = serializers.CharField(required=False)
    site = serializers.CharField(required=False)
    severity = serializers.ChoiceField(["critical", "major", "minor"], required=False)
    operator = serializers.CharField(required=False)
    note = serializers.CharField(required=False)
    detected_at = serializers.DateTimeField(required=False)
    serials = serializers.ListField(child=serializers.CharField(), required=False)
    traveler: Any = TravelerData(required=False)


class EventBody(serializers.Serializer[Any]):
    """CloudEvents 1.0, structured JSON; `source` + `id` name the event for ever. For the schema only."""

    specversion = serializers.CharField()
    id = serializers.CharField(max_length=200)
    source: Any = serializers.CharField(max_length=79)
    type = serializers.ChoiceField(["mes.defect.logged"])
    time = serializers.DateTimeField(required=False)
    data: Any = DefectData()


class QuantityNow(serializers.Serializer[Any]):
    affected = serializers.DecimalField(20, 6, required=False)
    unit = serializers.CharField(required=False)
    inspected = serializers.DecimalField(20, 6, required=False)


class DefectNewsData(serializers.Serializer[Any]):
    """Of `mes.defect.updated` and `mes.defect.cancelled`. `defect_id` names the defect as it was logged (its own, or the id of
    the logged event; where it is missing, the event's `subject` is taken); `site` as the logged event named it. What is left
    out stays as it is. The higher `sequence`, or else the later `time`, wins; an event before its defect waits for it. What a
    person has corrected, and everything after the review, is not overwritten: it becomes a comment and a task for a person."""

    defect_id = serializers.CharField(max_length=200)
    sequence = serializers.IntegerField(required=False, min_value=0)
    quantity = QuantityNow(required=False)
    severity = serializers.CharField(required=False)
    note = serializers.CharField(required=False)
    operation = serializers.CharField(required=False)
    work_center = serializers.CharField(required=False)
    operator = serializers.CharField(required=False)
    part_revision = serializers.CharField(required=False)
    serials = serializers.ListField(child=serializers.CharField(), required=False)
    site = serializers.CharField(required=False)


class DefectNewsBody(EventBody):
    """An update or a cancellation of a defect."""

    type = serializers.ChoiceField(["mes.defect.updated", "mes.defect.cancelled"])
    subject = serializers.CharField(required=False)
    data = DefectNewsData()


class ProductionData(serializers.Serializer[Any]):
    """Of operations and movements; `lot`, `order` or `serials` must be named. They are kept as they were said; one that was
    completed or moved while its lot, order or one of its serials was on hold is told to the people who hold it."""

    lot = serializers.CharField(required=False)
    order = serializers.CharField(required=False)
    part = serializers.CharField(required=False)
    serials = serializers.ListField(child=serializers.CharField(), required=False)
    operation = serializers.CharField(required=False)
    work_center = serializers.CharField(required=False)
    quantity = QuantityNow(required=False)
    site = serializers.CharField(required=False)
    occurred_at = serializers.DateTimeField(required=False)
    to = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.CharField(required=False)}


class ProductionBody(EventBody):
    """An operation that was started or completed, or material that was moved."""

    type = serializers.ChoiceField(
        ["mes.operation.started", "mes.operation.completed", "mes.setup.completed", "mes.material.moved"]
    )
    data = ProductionData()


class HoldData(serializers.Serializer[Any]):
    """Of `mes.hold.reported`: whether something is on hold there. Held against the newest hold or release that was asked of this
    source for it; `command`, `lot` or `order` must be named. What agrees verifies an executed command, what differs is told."""

    held = serializers.BooleanField()
    command = serializers.UUIDField(required=False)
    lot = serializers.CharField(required=False)
    order = serializers.CharField(required=False)
    part = serializers.CharField(required=False)
    quantity = QuantityNow(required=False)
    hold_id = serializers.CharField(required=False)
    url = serializers.CharField(required=False)
    site = serializers.CharField(required=False)
    reported_at = serializers.DateTimeField(required=False)


class HoldReportBody(EventBody):
    """What a system says that it holds."""

    type = serializers.ChoiceField(["mes.hold.reported"])
    data = HoldData()


class ValueData(serializers.Serializer[Any]):
    """Of `mes.measurement.recorded`: one value. Thousands go to mes/measurements."""

    part = serializers.CharField(max_length=120)
    characteristic = serializers.CharField(max_length=120)
    value = serializers.DecimalField(40, 20)
    unit = serializers.CharField(required=False)
    lower = serializers.DecimalField(40, 20, required=False)
    upper = serializers.DecimalField(40, 20, required=False)
    serial = serializers.CharField(required=False)
    lot = serializers.CharField(required=False)
    order = serializers.CharField(required=False)
    operation = serializers.CharField(required=False)
    work_center = serializers.CharField(required=False)
    gauge = serializers.CharField(required=False)
    site = serializers.CharField(required=False)
    measured_at = serializers.DateTimeField(required=False)


class ValueBody(EventBody):
    """A single measurement."""

    type = serializers.ChoiceField(["mes.measurement.recorded"])
    data = ValueData()


class TestedValueData(serializers.Serializer[Any]):
    characteristic = serializers.CharField(max_length=120)
    value = serializers.DecimalField(40, 20)
    unit = serializers.CharField(required=False)
    lower = serializers.DecimalField(40, 20, required=False)
    upper = serializers.DecimalField(40, 20, required=False)


class TestedData(serializers.Serializer[Any]):
    """Of `mes.test.completed`; `part` or `order` must be named, with values the part. A failed test opens no NCR by itself."""

    verdict = serializers.ChoiceField(["passed", "failed", "error"])  # the reviews' one bears labels
    part = serializers.CharField(required=False)
    serial = serializers.CharField(required=False)
    lot = serializers.CharField(required=False)
    order = serializers.CharField(required=False)
    operation = serializers.CharField(required=False)
    work_center = serializers.CharField(required=False)
    station = serializers.CharField(required=False)
    program = serializers.CharField(required=False)
    test_id = serializers.CharField(required=False)
    nc_codes = serializers.ListField(child=serializers.CharField(), required=False)
    severity = serializers.CharField(required=False)
    operator = serializers.CharField(required=False)
    note = serializers.CharField(required=False)
    site = serializers.CharField(required=False)
    tested_at = serializers.DateTimeField(required=False)
    values: Any = TestedValueData(many=True, required=False)


class TestedBody(EventBody):
    """A test of a piece or a lot."""

    type = serializers.ChoiceField(["mes.test.completed"])
    data = TestedData()


class AlertData(serializers.Serializer[Any]):
    """Of `mes.alert.raised` and `mes.alert.cleared`; `equipment` or `work_center` must be named when it is raised, `alert_id` when
    it is cleared. An alert warns on the records of its place; it opens no NCR."""

    alert_id = serializers.CharField(required=False)
    equipment = serializers.CharField(required=False)
    work_center = serializers.CharField(required=False)
    code = serializers.CharField(required=False)
    severity = serializers.CharField(required=False)
    text = serializers.CharField(required=False)
    site = serializers.CharField(required=False)
    occurred_at = serializers.DateTimeField(required=False)


class AlertBody(EventBody):
    """A machine complains, or no longer does."""

    type = serializers.ChoiceField(["mes.alert.raised", "mes.alert.cleared"])
    data = AlertData()


BODIES = [EventBody, DefectNewsBody, ProductionBody, HoldReportBody, ValueBody, TestedBody, AlertBody]
EVENT = PolymorphicProxySerializer("MesEvent", BODIES, None)
