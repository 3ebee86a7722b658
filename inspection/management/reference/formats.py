"""What an importer must read from the QIF and Q-DAS files that stand beside their expected.json."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inspection.formats import qdas, qif

from .compare import Tolerance

Part = tuple[Any, Any, Tolerance]
EXACT, CLOSE = Tolerance(), Tolerance(rel=1e-9)
NUMBERS = {"mean", "s", "min", "max", "last", "first3"}
# Where the file came from is no expectation.
ORIGIN = {"source", "path", "note", "trap"}


def readable(path: Path) -> list[Part]:
    """A measuring machine's file: it is read whole; what must be in it stands in expected.json."""
    document = (qif if path.suffix.lower() == ".qif" else qdas).read(path.read_bytes())
    return [(True, len(document.characteristics) > 0, EXACT)]


def machine_files(document: Any, folder: Path) -> list[Part]:
    """Of Q-DAS."""
    parts: list[Part] = []
    for name, expected in document["files"].items():
        said = qdas.read((folder / name).read_bytes())
        parts.append((expected["K0100_characteristics"], said.header["K0100"], EXACT))
        parts.append((expected["parts"], [_part(one) for one in said.parts], EXACT))
        parts += [
            part
            for row, one in zip(expected["characteristics"], said.characteristics, strict=True)
            for part in _characteristic(row, one)
        ]
    return parts + _owners(folder) + _attributive(document["attributive"], folder)


def _part(one: qdas.Part) -> dict[str, Any]:
    return {"index": one.index, "K1001_number": one.number or None, "K1002_name": one.name or None}


def _characteristic(expected: Mapping[str, Any], one: qdas.Characteristic) -> list[Part]:
    values = [float(value.value) for value in one.values if value.is_valid]
    times = [value.time for value in one.values if value.time is not None]
    found: dict[str, Any] = {
        "index": one.index,
        "K2001_number": one.number or None,
        "K2002_name": one.name or None,
        "nominal_K2101": one.keys.get("K2101"),
        "lsl_K2110": one.keys.get("K2110"),
        "usl_K2111": one.keys.get("K2111"),
        "unit_K2142": one.unit or None,
        "n_values": len(values),
    }
    if times:
        found |= {"first_time_K0004": times[0].strftime(qdas.TIME), "last_time_K0004": times[-1].strftime(qdas.TIME)}
    if values:
        found |= {
            "first3": values[:3],
            "last": values[-1],
            "mean": np.mean(values),
            "min": min(values),
            "max": max(values),
        }
        found["s"] = np.std(values, ddof=1) if len(values) > 1 else None
    exact = {name: value for name, value in expected.items() if name not in NUMBERS}
    close = {name: value for name, value in expected.items() if name in NUMBERS}
    return [(exact, found, EXACT), *([(close, found, CLOSE)] if close else [])]


def _owners(folder: Path) -> list[Part]:
    """A characteristic belongs to the part before it."""
    said = qdas.read((folder / "basicDfq_threeParts_differentNumberOfCharacteristics.dfq").read_bytes())
    owned = {
        str(part.index): [one.index for one in said.characteristics if one.part == part.index] for part in said.parts
    }
    return [({"1": [1], "2": [2, 3, 4], "3": [5, 6, 7, 8, 9]}, owned, EXACT)]


def _attributive(expected: Mapping[str, Any], folder: Path) -> list[Part]:
    said = qdas.read((folder / expected["file"]).read_bytes())
    rows = [
        {"index": one.index, "K0020_subgroup_size": count.size, "K0021_errors": count.errors}
        for one in said.characteristics
        for count in one.counts
    ]
    return [(expected["rows"], rows, EXACT)]


def coordinate_files(document: Any, folder: Path) -> list[Part]:
    """Of QIF."""
    parts: list[Part] = []
    for name, expected in document["files"].items():
        said = qif.read((folder / name).read_bytes())
        wanted = {key: value for key, value in expected.items() if key not in ORIGIN}
        parts.append(
            (wanted, _first_article(said) if said.namespace == qif.QIF2 else _results(said), Tolerance(rel=1e-12))
        )
    return parts


def _results(said: qif.Document) -> dict[str, Any]:
    rows = [row for result in said.results for row in result.rows]
    return {
        "version": said.version,
        "namespace": said.namespace,
        "qpid": list(said.qpids),
        "measurement_results": len(said.results),
        "rows_per_result": [len(result.rows) for result in said.results],
        "by_type": dict(Counter(row.kind for row in rows)),
        "status": dict(Counter(row.status for row in rows)),
        "length_units": sorted(unit for unit in said.units.values() if unit),
        "serials": [serial for result in said.results for serial in result.serials],
        "characteristic_items": len(said.characteristics),
        "rows": [[row.kind, row.name, row.value, row.status] for row in rows],
    }


def _first_article(said: qif.Document) -> dict[str, Any]:
    known = {one.key: one for one in said.characteristics}
    rows = [(row, known[row.characteristic]) for result in said.results for row in result.rows]
    return {
        "version": said.version,
        "part_drawing": said.drawing,
        "serial": said.results[0].serials[0],
        "rows": [
            {
                "characteristic": of.name,
                "designator": of.key_class,
                "nominal": of.nominal,
                "min": of.lower,
                "max": of.upper,
                "value": row.value,
                "status": row.status,
                "nonconformance": row.nonconformance,
            }
            for row, of in rows
        ],
    }
