"""B2MML as MES and laboratory systems send it: performance and test results of every version, by mapping, to what we know.

The examples follow the public schema's shapes (names, nesting, the byte-order mark, empty units); the text is ours. The Business To
Manufacturing Markup Language (B2MML) is used courtesy of MESA International.
"""

import pytest

from inspection.models import ProductTest
from ncr.models import ProductionEvent
from tests.connectors.carried import Sender, made
from tests.connectors.mes import in_use

pytestmark = pytest.mark.django_db
PROVES = ("G11",)
SPACES = ("http://www.wbf.org/xml/B2MML-V0401", "http://www.mesa.org/xml/B2MML-V0600", "http://www.mesa.org/xml/B2MML")

PERFORMANCE = """<?xml version="1.0" encoding="utf-8"?>
<SyncOperationsPerformance releaseID="" xmlns="{space}">
 <ApplicationArea><Sender><LogicalID>MES</LogicalID></Sender><CreationDateTime>2026-05-04T06:20:00Z</CreationDateTime><BODID>{name}</BODID></ApplicationArea>
 <DataArea><Sync/><OperationsPerformance><OperationsResponse><ID>R-1</ID><OperationsRequestID>WO-26-0001</OperationsRequestID>
  <SegmentResponse><ID>{name}-10</ID><ProcessSegmentID>OP-20</ProcessSegmentID><ActualEndTime>2026-05-04T06:15:00Z</ActualEndTime>
   <EquipmentActual><EquipmentID>WC-CNC-01</EquipmentID><Quantity><QuantityString/><DataType/><UnitOfMeasure/></Quantity></EquipmentActual>
   <MaterialActual><MaterialDefinitionID>TB-4711</MaterialDefinitionID><MaterialLotID>L-{name}</MaterialLotID><MaterialUse>Produced</MaterialUse>
    <Quantity><QuantityString>12.000</QuantityString><DataType>decimal</DataType><UnitOfMeasure>u</UnitOfMeasure></Quantity></MaterialActual>
  </SegmentResponse>
  <SegmentResponse><ID>{name}-20</ID><ProcessSegmentID>OP-30</ProcessSegmentID><ActualEndTime>2026-05-04T06:18:00Z</ActualEndTime>
   <MaterialActual><MaterialDefinitionID>TB-4711</MaterialDefinitionID><MaterialLotID>L-{name}</MaterialLotID><MaterialUse>Produced</MaterialUse>
    <Quantity><QuantityString>12.000</QuantityString><DataType>decimal</DataType><UnitOfMeasure></UnitOfMeasure></Quantity></MaterialActual>
  </SegmentResponse></OperationsResponse></OperationsPerformance></DataArea>
</SyncOperationsPerformance>"""

RESULT = """<?xml version="1.0" encoding="utf-8"?>
<SyncTestResult xmlns="{space}">
 <ApplicationArea><BODID>{name}</BODID></ApplicationArea><DataArea><Sync/>
  <TestResult><ID>{name}-A</ID><TestableObjectID>SN-1</TestableObjectID><TestDateTime>2026-05-04T06:15:00Z</TestDateTime>
   <EvaluatedCriterionResult>Fail</EvaluatedCriterionResult><TestSpecificationID>LEAK</TestSpecificationID>
   <PropertyMeasurement><ID>PRESSURE</ID><MeasurementDate>2026-05-04T06:14:00Z</MeasurementDate>
    <Value><ValueString>1.2</ValueString><DataType>decimal</DataType><UnitOfMeasure/></Value></PropertyMeasurement></TestResult>
  <TestResult><ID>{name}-B</ID><TestableObjectID>SN-2</TestableObjectID><TestDateTime>2026-05-04T06:16:00Z</TestDateTime>
   <EvaluatedCriterionResult>Pass</EvaluatedCriterionResult><TestSpecificationID>LEAK</TestSpecificationID></TestResult>
 </DataArea></SyncTestResult>"""

PERFORMED = {
    "fields": [
        {"to": "operation", "from": "/ProcessSegmentID"},
        {"to": "work_center", "from": "/EquipmentActual/EquipmentID"},
        {"to": "lot", "from": "/MaterialActual/MaterialLotID"},
        {"to": "part", "from": "/MaterialActual/MaterialDefinitionID"},
        {"to": "quantity.affected", "from": "/MaterialActual/Quantity/QuantityString", "as": "decimal"},
        {"to": "quantity.unit", "from": "/MaterialActual/Quantity/UnitOfMeasure"},
        {"to": "occurred_at", "from": "/ActualEndTime"},
    ]
}
TESTED = {
    "fields": [
        {
            "to": "verdict",
            "from": "/EvaluatedCriterionResult",
            "values": {"Fail": "failed", "Pass": "passed"},
            "only": True,
        },
        {"to": "serial", "from": "/TestableObjectID"},
        {"to": "part", "value": "TB-4711"},
        {"to": "program", "from": "/TestSpecificationID"},
        {"to": "tested_at", "from": "/TestDateTime"},
    ]
}


@pytest.fixture
def sender(people, tmp_path, settings):
    root = tmp_path / "lab"
    root.mkdir()
    settings.FOLDERS = [str(tmp_path)]
    interface = made("lab", "folder", {"format": "b2mml", "folder": str(root), "id": "ID"})
    in_use(interface, PERFORMED, "mes.operation.completed")
    in_use(interface, TESTED, "mes.test.completed")
    return Sender(interface, root)


@pytest.mark.parametrize("number", range(len(SPACES)))
def test_performance_and_test_results_of_each_version_are_understood(sender, number):
    space, name = SPACES[number], f"V{number}"
    body = b"\xef\xbb\xbf" + PERFORMANCE.format(space=space, name=name).encode()
    answer = sender.sent("performance.xml", body=body)
    assert (answer["created"], answer["rejected"]) == (2, 0), sender.errors("performance.xml")
    first, second = ProductionEvent.objects.filter(source__startswith="lab").order_by("occurred_at")
    assert (first.operation, first.work_center, first.lot_number, str(first.quantity), first.unit) == (
        "OP-20", "WC-CNC-01", f"L-{name}", "12.000000", "u",
    )  # fmt: skip
    assert (second.operation, second.work_center, second.unit) == ("OP-30", "", ""), "an empty unit says nothing"
    assert first.occurred_at.isoformat() == "2026-05-04T06:15:00+00:00"
    answer = sender.sent("results.xml", body=RESULT.format(space=space, name=name).encode())
    assert (answer["created"], answer["rejected"]) == (2, 0), sender.errors("results.xml")
    assert list(ProductTest.objects.order_by("occurred_at").values_list("serial", "verdict", "program")) == [
        ("SN-1", "failed", "LEAK"), ("SN-2", "passed", "LEAK"),
    ]  # fmt: skip
    again = sender.sent("again.xml", body=RESULT.format(space=space, name=name).encode() + b"\n")
    assert (again["created"], again["duplicate"]) == (0, 2) and ProductTest.objects.count() == 2


def test_a_verdict_that_nobody_mapped_is_a_line_for_a_person(sender):
    body = RESULT.format(space=SPACES[2], name="X").replace("Fail", "Inconclusive").encode()
    answer = sender.sent("results.xml", body=body)
    assert (answer["created"], answer["waiting"] + answer["rejected"]) == (1, 1) and ProductTest.objects.count() == 1
