"""An S/4HANA on the loopback, written from its wire shapes: tokens with their cookies, cut pages, tags of change, V2 and V4."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.fakes.server import Answer, Seen, as_json, serve

Row = dict[str, Any]
ACCOUNT = "Basic cW1zOnRoZS1wYXNzd29yZA=="  # qms:the-password
STARTS = re.compile(r"startswith\((\w+),'(\w+)'\)")
TERM = re.compile(r"(\w+) (eq|ge|gt) (?:datetimeoffset|datetime)?('(?:[^']|'')*'|[\d:TZ-]+|true|false)")
SPACE = "http://schemas.microsoft.com/ado/2008/09/edm"


def moment(at: dt.datetime, *, offset: bool = True) -> str:
    return f"/Date({int(at.timestamp() * 1000)}{'+0000' if offset else ''})/"


@dataclass
class FakeSap:
    """`sets` by "SERVICE/Set"; keys by set. `cut`: pages are never longer, whatever was asked for."""

    sets: dict[str, list[Row]] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fields: dict[str, set[str]] = field(default_factory=dict)
    v4: set[str] = field(default_factory=set)
    cut: int = 100
    now: dt.datetime = dt.datetime(2026, 11, 21, 9, 0, tzinfo=dt.UTC)
    numbers: Any = field(default_factory=lambda: itertools.count(4900000001))
    tokens: dict[str, str] = field(default_factory=dict)  # token to cookie
    fetched: int = 0
    expire: int = 0  # how many writes find their token run out
    posted: list[Row] = field(default_factory=list)
    lose: Callable[[Seen], bool] = lambda seen: False
    other_host: str = ""  # named in next links
    warning: str = ""
    base_url: str = ""
    tags: Any = field(default_factory=lambda: itertools.count(1))

    def put(self, name: str, keys: tuple[str, ...], **values: Any) -> Row:
        self.now += dt.timedelta(seconds=1)
        self.keys[name] = keys
        row = {**values, "__metadata": {"etag": f'W/"{next(self.tags)}"'}}
        self.sets.setdefault(name, []).append(row)
        self.fields.setdefault(name, set()).update(values)
        return row

    def touch(self, row: Row, **values: Any) -> None:
        self.now += dt.timedelta(seconds=1)
        row |= {**values, "__metadata": {"etag": f'W/"{next(self.tags)}"'}}
        if "LastChangeDateTime" in row:
            row["LastChangeDateTime"] = moment(self.now)

    # --- reading ------------------------------------------------------------------------------------------------------

    def listed(self, name: str, query: dict[str, list[str]], path: str) -> Answer:
        rows = [row for row in self.sets[name] if _matches(row, query.get("$filter", [""])[0])]
        for part in reversed(query.get("$orderby", [""])[0].split(",")):
            if part:
                by, _, way = part.partition(" ")
                rows.sort(key=lambda row: str(row.get(by)), reverse=way == "desc")
        start, top = int(query.get("$skiptoken", ["0"])[0]), int(query.get("$top", ["5000"])[0])
        page, left = rows[start : start + min(top, self.cut)], len(rows[:top]) - start > self.cut
        link = ""
        if left:
            asked = {k: v[0] for k, v in query.items() if k != "$skiptoken"} | {"$skiptoken": str(start + self.cut)}
            told = "&".join(f"{quote(k, safe='')}={quote(v)}" for k, v in asked.items())
            link = (
                f"{name.rpartition('/')[2]}?{told}"
                if name in self.v4
                else f"{self.other_host or self.base_url}{path}?{told}"
            )
        expand = query.get("$expand", [""])[0].split(",")
        shown = [self._shown(row, expand) for row in page]
        if name in self.v4:
            return as_json({"value": shown} | ({"@odata.nextLink": link} if link else {}))
        return as_json({"d": {"results": shown} | ({"__next": link} if link else {})})

    def _shown(self, row: Row, expand: list[str]) -> Row:
        return {name: value if not isinstance(value, dict) or name == "__metadata" or name in expand else {"__deferred": {}}
                for name, value in row.items()}  # fmt: skip

    def metadata(self, service: str) -> Answer:
        kinds, sets = "", ""
        for name, fields in self.fields.items():
            if name.startswith(f"{service}/"):
                of = name.rpartition("/")[2]
                parts = "".join(f'<Property Name="{one}" Type="Edm.String"/>' for one in sorted(fields))
                kinds += f'<EntityType Name="{of}Type">{parts}</EntityType>'
                sets += f'<EntitySet Name="{of}" EntityType="{service}.{of}Type"/>'
        text = f'<Edmx><Schema xmlns="{SPACE}">{kinds}<EntityContainer>{sets}</EntityContainer></Schema></Edmx>'
        return Answer(200, text.encode(), {"Content-Type": "application/xml"})

    # --- writing ------------------------------------------------------------------------------------------------------

    def guarded(self, seen: Seen) -> Answer | None:
        """A token is good with its own cookie only."""
        token = seen.headers.get("x-csrf-token", "")
        if self.expire or self.tokens.get(token) not in (seen.headers.get("cookie", "").split("; ")):
            self.expire = max(self.expire - 1, 0)
            refused = as_json(
                {"error": {"code": "403", "message": {"lang": "en", "value": "CSRF token validation failed"}}}, 403
            )
            refused.headers["x-csrf-token"] = "Required"
            return refused
        return None

    def create(self, name: str, told: Row) -> Answer:
        if name.endswith("A_MaterialDocumentHeader"):
            lines = told["to_MaterialDocumentItem"]["results"]  # without the wrapper: a deep insert that fails
            number = str(next(self.numbers))
            key = {"MaterialDocumentYear": "2026", "MaterialDocument": number}
            items = [
                {**key, "MaterialDocumentItem": f"{n:04d}", "Supplier": "", **line} for n, line in enumerate(lines, 1)
            ]
            for item in items:
                item["QuantityInEntryUnit"] = f"{float(item['QuantityInEntryUnit']):.3f}"
            told = {
                **told,
                **key,
                "CreationDate": moment(self.now, offset=False),
                "to_MaterialDocumentItem": {"results": items},
            }
            self.posted.append(told)
        row = self.put(name, self.keys[name], **told)
        made = as_json({"d": row}, 201)
        if self.warning:
            made.headers["sap-message"] = self.warning
        return made

    def change(self, row: Row, seen: Seen) -> Answer:
        tag = seen.headers.get("if-match", "")
        if not tag:
            return self.refused(428, "PRECONDITION", "If-Match is missing")
        if tag != row["__metadata"]["etag"]:
            return self.refused(412, "PRECONDITION", "The row was changed meanwhile")
        self.touch(row, **json.loads(seen.body))
        return Answer(204, b"", {"etag": row["__metadata"]["etag"]})

    def refused(self, status: int, code: str, words: str) -> Answer:
        details = [{"code": code, "message": words, "severity": "error"}, {"code": "X/1", "message": "Check the batch"}]
        inner = {"transactionid": "1", "errordetails": details}
        return as_json(
            {"error": {"code": code, "message": {"lang": "en", "value": words}, "innererror": inner}}, status
        )

    def answer(self, seen: Seen) -> Answer:
        parts = urlsplit(seen.path)
        if seen.headers.get("authorization") != ACCOUNT:
            return Answer(401, b"<html>Logon</html>", {"Content-Type": "text/html"})
        service, _, rest = (
            unquote(parts.path).removeprefix("/sap/opu/odata/sap/").removeprefix("/sap/opu/odata4/sap/").partition("/")
        )
        if not rest:
            self.fetched += 1
            token, cookie = f"token{self.fetched}", f"SAP_SESSIONID=s{self.fetched}"
            self.tokens[token] = cookie
            return Answer(200, b"{}", {"Content-Type": "application/json", "x-csrf-token": token,
                                       "Set-Cookie": f"{cookie}; path=/; HttpOnly"})  # fmt: skip
        if rest == "$metadata":
            return self.metadata(service)
        of, _, key = rest.partition("(")
        name = f"{service}/{of}"
        if name not in self.sets:
            return self.refused(404, "IWFND/MED/170", f"No service found for {name}")
        if seen.method == "GET" and not key:
            return self.listed(name, parse_qs(parts.query), parts.path)
        return self._single(seen, name, key.removesuffix(")"), parse_qs(parts.query).get("$expand", [""])[0].split(","))

    def _single(self, seen: Seen, name: str, key: str, expand: list[str]) -> Answer:
        found = self._row(name, key) if key else None
        if key and found is None:
            return self.refused(404, "NOT_FOUND", "Resource not found")
        if seen.method == "GET":
            assert found is not None
            return as_json({"d": self._shown(found, expand)}, etag=found["__metadata"]["etag"])
        if (stopped := self.guarded(seen)) is not None:
            return stopped
        done = self.change(found, seen) if found else self.create(name, json.loads(seen.body))
        return Answer(cut=0) if self.lose(seen) else done

    def _row(self, name: str, told: str) -> Row | None:
        values = [one.replace("''", "'") for one in re.findall(r"'((?:[^']|'')*)'", told)]
        keys = self.keys[name]
        return next((row for row in self.sets[name] if [str(row[key]) for key in keys] == values), None)


def _matches(row: Row, told: str) -> bool:
    """`and`, `or` and brackets over comparisons."""
    if not told:
        return True
    told = STARTS.sub(lambda term: str(str(row.get(term[1])).startswith(term[2])), told)
    shown = TERM.sub(lambda term: str(_holds(row, *term.groups())), told)
    return bool(eval(shown, {"__builtins__": {}}))  # only True, False, and, or, brackets are left


def _holds(row: Row, name: str, operator: str, wanted: str) -> bool:
    value, wanted = row.get(name), wanted.strip("'").replace("''", "'")
    if isinstance(value, str) and (at := re.match(r"/Date\((\d+)", value)):
        value = dt.datetime.fromtimestamp(int(at[1]) / 1000, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        wanted = wanted.rstrip("Z")
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return {"eq": shown == wanted, "ge": shown >= wanted, "gt": shown > wanted}[operator]


@contextmanager
def plant() -> Iterator[FakeSap]:
    sap, day = FakeSap(), dt.datetime(2026, 11, 18, tzinfo=dt.UTC)
    for number, name in (("000000000000004711", "Housing"), ("TG12", "Casting")):
        sap.put("API_PRODUCT_SRV/A_Product", ("Product",), Product=number, ProductType="HALB", BaseUnit="PC",
                IsBatchManagementRequired=True, IsMarkedForDeletion=False, LastChangeDateTime=moment(sap.now),
                to_Description={"results": [{"Language": "EN", "ProductDescription": name}]})  # fmt: skip
    sap.put("API_BUSINESS_PARTNER/A_Supplier", ("Supplier",), Supplier="0000017300", SupplierName="Domestic Supplier",
            DeletionIndicator=False, PurchasingIsBlocked=False)  # fmt: skip
    sap.put("API_WORK_CENTERS/A_WorkCenters", ("WorkCenterInternalID", "WorkCenterTypeCode"), WorkCenterInternalID="10000001",
            WorkCenterTypeCode="A", WorkCenter="DRILL", WorkCenterDesc="Drilling", WorkCenterCategoryCode="0001")  # fmt: skip
    sap.put("API_BILL_OF_MATERIAL_SRV;v=0002/A_BillOfMaterial", ("BillOfMaterialHeaderUUID",), BillOfMaterialHeaderUUID="u-1",
            BillOfMaterial="00000001", Material="000000000000004711", BOMHeaderQuantityInBaseUnit="1.000",
            BOMHeaderBaseUnit="PC", BillOfMaterialVersion="", IsMarkedForDeletion=False, LastChangeDateTime=moment(sap.now),
            to_BillOfMaterialItem={"results": [{"BillOfMaterialItemUUID": "i-1", "BillOfMaterialComponent": "TG12",
            "BillOfMaterialItemQuantity": "2.000", "BillOfMaterialItemUnit": "PC"}]})  # fmt: skip
    for plant_ in ("", "1010"):
        sap.put("API_BATCH_SRV/Batch", ("Material", "BatchIdentifyingPlant", "Batch"), Material="TG12", Batch="0000000001",
                BatchIdentifyingPlant=plant_, MatlBatchIsInRstrcdUseStock=False, BatchIsMarkedForDeletion=False,
                LastChangeDateTime=moment(sap.now))  # fmt: skip
    sap.put("API_PURCHASEORDER_PROCESS_SRV/A_PurchaseOrder", ("PurchaseOrder",), PurchaseOrder="4500000001",
            Supplier="0000017300", PurchasingProcessingStatus="05", PurchaseOrderDate=moment(day, offset=False),
            SupplierQuotationExternalID="", DocumentCurrency="EUR", LastChangeDateTime=moment(sap.now),
            to_PurchaseOrderItem={"results": [{"PurchaseOrder": "4500000001", "PurchaseOrderItem": "00010", "Material": "TG12",
            "OrderQuantity": "100.000", "PurchaseOrderQuantityUnit": "PC", "NetPriceAmount": "12.50"}]})  # fmt: skip
    line = {"MaterialDocumentYear": "2026", "MaterialDocument": "5000000001", "MaterialDocumentItem": "0001", "Material": "TG12",
            "Plant": "1010", "StorageLocation": "101A", "Batch": "0000000001", "GoodsMovementType": "101", "Supplier": "0000017300",
            "QuantityInEntryUnit": "100.000", "EntryUnit": "PC", "PurchaseOrder": "4500000001", "PurchaseOrderItem": "00010"}  # fmt: skip
    sap.put("API_MATERIAL_DOCUMENT_SRV/A_MaterialDocumentHeader", ("MaterialDocumentYear", "MaterialDocument"),
            MaterialDocumentYear="2026", MaterialDocument="5000000001", GoodsMovementCode="01", ReferenceDocument="DN-7",
            CreationDate=moment(day, offset=False), PostingDate=moment(day, offset=False),
            to_MaterialDocumentItem={"results": [line]})  # fmt: skip
    sap.put("API_MATERIAL_DOCUMENT_SRV/A_MaterialDocumentItem",
            ("MaterialDocumentYear", "MaterialDocument", "MaterialDocumentItem"), **line)  # fmt: skip
    sap.put("API_PRODUCTION_ORDER_2_SRV/A_ProductionOrder_2", ("ManufacturingOrder",), ManufacturingOrder="000001000001",
            Material="000000000000004711", TotalQuantity="3.000", ProductionUnit="PC", OrderSystemStatusText="REL",
            MfgOrderScheduledStartDate=moment(day, offset=False), MfgOrderActualCompletionDate=None,
            LastChangeDateTime="20261118125734", to_ProductionOrderOperation={"results": []})  # fmt: skip
    sap.put("API_BUSINESS_PARTNER/A_Customer", ("Customer",), Customer="0017100001", CustomerName="Domestic Customer",
            DeletionIndicator=False)  # fmt: skip
    sent = {"DeliveryDocument": "0080000001", "DeliveryDocumentItem": "000010", "Material": "TG12", "Plant": "1010",
            "Batch": "0000000001", "ActualDeliveryQuantity": "5.000", "DeliveryQuantityUnit": "PC", "GoodsMovementStatus": "A"}  # fmt: skip
    sap.put("API_OUTBOUND_DELIVERY_SRV;v=0002/A_OutbDeliveryHeader", ("DeliveryDocument",), DeliveryDocument="0080000001",
            ShipToParty="0017100001", OverallGoodsMovementStatus="A", ActualGoodsMovementDate=None, DeliveryBlockReason="",
            DeliveryDocumentBySupplier="", LastChangeDate=moment(day, offset=False),
            to_DeliveryDocumentItem={"results": [sent]})  # fmt: skip
    sap.put("API_INSPECTIONLOT_SRV/A_InspLotUsageDecision", ("InspectionLot",), InspectionLot="30000000011",
            InspectionLotUsageDecisionCode="A")  # fmt: skip
    with serve(sap.answer) as fake:
        sap.base_url = fake.base_url
        yield sap
