"""QIF 3.0 (ISO 23952:2020), plans and results; of QIF 2.1 what its results need.

A measurement names its item, the item its nominal, the nominal its definition; one item may have several measurements. BASIC_OR_TED is a
reference dimension and no judgement. The status of a component is derived from its characteristics, never taken from the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ..calc.errors import gettext_noop as _
from .errors import FormatError

QIF3, QIF2 = "http://qifstandards.org/xsd/qif3", "http://qifstandards.org/xsd/qif2"
# Where results stand and what a measured characteristic is called, by namespace.
RESULTS = {QIF3: ("Results", "CharacteristicMeasurements"), QIF2: ("MeasurementsResults", "CharacteristicActuals")}
SUFFIXES = ("CharacteristicItem", "CharacteristicMeasurement", "CharacteristicActual", "CharacteristicDefinition")
JUDGED = {"PASS": "passed", "FAIL": "failed"}
# A value of these may lie on both sides of the nominal: their tolerance is not an upper limit.
PROFILES = ("PointProfile", "LineProfile", "SurfaceProfile")


@dataclass(frozen=True)
class Characteristic:
    """`kind` is QIF's word (Diameter, Position …). A geometric `tolerance` is a zone, and the upper limit unless `kind` is a profile."""

    key: str
    name: str
    kind: str
    designator: str = ""
    key_class: str = ""
    nominal: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    tolerance: Decimal | None = None
    unit: str = ""
    datums: tuple[str, ...] = ()
    material: str = ""
    sheet: str = ""
    zone: str = ""


@dataclass(frozen=True)
class Measured:
    """`status` as the file says; `verdict` passed, failed or empty: not judged."""

    characteristic: str
    name: str
    kind: str
    value: Decimal | None
    status: str
    nonconformance: str = ""

    @property
    def verdict(self) -> str:
        return JUDGED.get(self.status, "")


@dataclass(frozen=True)
class Result:
    """Of one inspection; `serials` of the components that it measured."""

    rows: tuple[Measured, ...]
    serials: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        said = {row.verdict for row in self.rows}
        return "failed" if "failed" in said else "passed" if "passed" in said else ""


@dataclass(frozen=True)
class Document:
    version: str
    namespace: str
    qpids: tuple[str, ...]
    units: dict[str, str]
    part: str
    drawing: str
    characteristics: tuple[Characteristic, ...]
    results: tuple[Result, ...]


def read(data: bytes) -> Document:
    """Raises FormatError xml, xml_forbidden, not_qif, reference, number, count, duplicate."""
    root = _root(data)
    namespace, name = _split(root.tag)
    if name != "QIFDocument" or namespace not in RESULTS:
        raise FormatError(
            "not_qif", _("This is no QIF document of version 3 or 2: its root is %(root)s."), root=root.tag
        )
    _strip(root)
    reader = _Reader(root, namespace)
    drawing = root.find("Product//PrintedDrawing")
    return Document(
        version=root.get("versionQIF", ""),
        namespace=namespace,
        qpids=tuple(_words(root.findall("QPId"))),
        units=reader.units,
        part=_said(root, "Product//Part/ModelNumber"),
        drawing="" if drawing is None else _said(drawing, "DrawingNumber"),
        characteristics=tuple(reader.characteristics.values()),
        results=tuple(reader.results()),
    )


def _root(data: bytes) -> Element:
    try:
        found: Element = fromstring(data, forbid_dtd=True)
    except ParseError as broken:
        line, column = broken.position
        text = _("The XML breaks off or is damaged in line %(line)s, column %(column)s.")
        raise FormatError("xml", text, line=line, column=column) from None
    except (DefusedXmlException, LookupError, ValueError) as refused:
        text = _("The XML holds what is refused from strangers, or names an unknown encoding: %(what)s")
        raise FormatError("xml_forbidden", text, what=type(refused).__name__) from None
    return found


def _split(tag: str) -> tuple[str, str]:
    namespace, _brace, name = tag.rpartition("}")
    return namespace.lstrip("{"), name


def _strip(root: Element) -> None:
    """Names without their namespace; comments have none."""
    for one in root.iter():
        if isinstance(one.tag, str):
            one.tag = _split(one.tag)[1]


def _words(found: list[Element]) -> list[str]:
    return [(one.text or "").strip() for one in found]


def _said(at: Element, path: str) -> str:
    found = at.find(path)
    return "" if found is None else (found.text or "").strip()


def _number(at: Element, path: str) -> Decimal | None:
    text = _said(at, path)
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise FormatError(
            "number", _("%(place)s: %(text)s is no number."), place=f"{at.tag} {at.get('id', '')}", text=text
        )
    return value


def _kind(tag: str) -> str:
    return next((tag.removesuffix(one) for one in SUFFIXES if tag.endswith(one)), tag)


class _Reader:
    def __init__(self, root: Element, namespace: str) -> None:
        self.root, self.namespace = root, namespace
        self.units = {
            "linear": _said(root, "FileUnits/PrimaryUnits/LinearUnit/UnitName"),
            "angular": _said(root, "FileUnits/PrimaryUnits/AngularUnit/UnitName"),
        }
        self.definitions = self.by_id("Characteristics/CharacteristicDefinitions")
        self.nominals = self.by_id("Characteristics/CharacteristicNominals")
        self.datums = {
            one.get("id", ""): _said(one, "DatumLabel") for one in root.findall("DatumDefinitions/DatumDefinition")
        }
        self.frames = {one.get("id", ""): one for one in root.findall("DatumReferenceFrames/DatumReferenceFrame")}
        items = self.by_id("Characteristics/CharacteristicItems")
        self.characteristics = {key: self.characteristic(key, item) for key, item in items.items()}

    def by_id(self, path: str) -> dict[str, Element]:
        found: dict[str, Element] = {}
        for one in counted(self.root.find(path)):
            key = one.get("id", "")
            if key in found:
                raise FormatError("duplicate", _("The id %(id)s stands twice among %(list)s."), id=key, list=path)
            found[key] = one
        return found

    def refer(self, known: dict[str, Any], key: str, origin: Element) -> Any:
        if key not in known:
            place = f"{origin.tag} {origin.get('id', '')}"
            raise FormatError(
                "reference", _("%(place)s refers to %(id)s, which is not in the file."), place=place, id=key or "-"
            )
        return known[key]

    def characteristic(self, key: str, item: Element) -> Characteristic:
        kind = _kind(item.tag)
        nominal_key = _said(item, "CharacteristicNominalId")
        nominal = self.refer(self.nominals, nominal_key, item) if nominal_key else Element("none")
        definition_key = _said(nominal, "CharacteristicDefinitionId")
        definition = self.refer(self.definitions, definition_key, nominal) if definition_key else Element("none")
        target = _number(nominal, "TargetValue")
        lower, upper = self.limits(definition, target)
        tolerance = _number(definition, "ToleranceValue")
        return Characteristic(
            key=key,
            name=_said(item, "Name"),
            kind=kind,
            designator=_said(item, "CharacteristicDesignator/Designator"),
            key_class=_said(item, "KeyCharacteristic/Designator"),
            nominal=target,
            lower=lower,
            upper=tolerance if upper is None and kind not in PROFILES else upper,
            tolerance=tolerance,
            unit=self.units["angular" if is_angle(kind) else "linear"],
            datums=self.frame(_said(definition, "DatumReferenceFrameId"), definition),
            material=_said(definition, "MaterialCondition"),
            sheet=_said(item, "LocationOnDrawing/SheetNumber"),
            zone=_said(item, "LocationOnDrawing/DrawingZone"),
        )

    def limits(self, definition: Element, target: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
        least, most = _number(definition, "Tolerance/MinValue"), _number(definition, "Tolerance/MaxValue")
        if _said(definition, "Tolerance/DefinedAsLimit") == "true" or self.meant_as_limits(least, most, target):
            return least, most
        if target is None:
            return None, None
        return None if least is None else target + least, None if most is None else target + most

    def meant_as_limits(self, least: Decimal | None, most: Decimal | None, target: Decimal | None) -> bool:
        """QIF 2.1 files say limits and call them deviations; they hold the nominal, and no deviation of 0."""
        if self.namespace != QIF2 or least is None or most is None or target is None:
            return False
        return least <= target <= most and not least <= 0 <= most

    def frame(self, key: str, definition: Element) -> tuple[str, ...]:
        if not key:
            return ()
        frame = self.refer(self.frames, key, definition)
        ids = _words(frame.findall("Datums/Datum/SimpleDatum/DatumDefinitionId"))
        return tuple(self.refer(self.datums, one, definition) for one in ids)

    def results(self) -> Iterator[Result]:
        place, measured = RESULTS[self.namespace]
        results = self.root.find(place)
        if results is None:
            return
        serials = {one.get("id"): _said(one, "SerialNumber") for one in results.iter("ActualComponent")}
        for one in counted(results.find("MeasurementResultsSet")):
            rows = counted(one.find(f"MeasuredCharacteristics/{measured}"))
            ids = _words(one.findall("ActualComponentIds/Id"))
            named = (serials.get(key, "") for key in ids)
            yield Result(tuple(self.measured(row) for row in rows), tuple(serial for serial in named if serial))

    def measured(self, row: Element) -> Measured:
        key = _said(row, "CharacteristicItemId")
        of: Characteristic = self.refer(self.characteristics, key, row)
        return Measured(
            characteristic=key,
            name=of.name,
            kind=_kind(row.tag),
            value=_number(row, "Value"),
            status=_said(row, "Status/CharacteristicStatusEnum"),
            nonconformance=_said(row, "NonConformanceDesignator"),
        )


def counted(at: Element | None) -> list[Element]:
    """The children, as many as the list says of itself."""
    if at is None:
        return []
    found, said = [one for one in at if isinstance(one.tag, str)], at.get("n")
    if said is not None and said != str(len(found)):
        text = _("%(list)s announces %(wanted)s entries and holds %(given)s: the file was cut or edited.")
        raise FormatError("count", text, list=at.tag, wanted=said, given=len(found))
    return found


def is_angle(kind: str) -> bool:
    """Angularity is a zone in millimetres."""
    return kind != "Angularity" and "Ang" in kind
