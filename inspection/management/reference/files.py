"""A folder of reference files: each is of a known kind, or it fails."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import formats, sampling, spc, studies
from .compare import Mismatch, Tolerance, compared

# (expected, found, tolerance) of a part of a file.
Part = tuple[Any, Any, Tolerance]
Runner = Callable[[Any], list[Part]]

# By the id of the document, or by what it holds.
BY_ID: dict[str, Runner] = {
    "z14-code-letters": sampling.letters,
    "z14-single-normal": sampling.single("normal"),
    "z14-single-tightened": sampling.single("tightened"),
    "z14-single-reduced": sampling.single("reduced"),
    "z14-double-normal": sampling.double("normal"),
    "z14-double-tightened": sampling.double("tightened"),
    "z14-double-reduced": sampling.double("reduced"),
    "z14-lookup": sampling.lookups,
    "z19-s": sampling.variables_s,
    "switching-rules": sampling.scenarios,
    "oc-cases": sampling.curves_oc,
    "c0": sampling.zero_acceptance,
    "spc-constants": spc.constants,
    "nist-strd-numacc": spc.accuracy,
}
# By fields of `data`, the first that are all there: cases that a site adds have ids of their own.
BY_DATA: tuple[tuple[set[str], Runner], ...] = (
    ({"values_operator_part_trial", "tolerance"}, studies.gauge),
    ({"values", "lsl", "usl", "distribution"}, studies.percentiles),
    ({"mean", "s", "lsl", "usl", "n_for_ci"}, studies.summary),
    ({"subgroups", "lsl", "usl", "target"}, studies.values),
    ({"values", "lsl", "usl", "target"}, studies.values),
    ({"subgroups"}, spc.subgroups),
    ({"defectives_trial", "n"}, spc.shares),
    ({"counts"}, spc.counts),
    ({"values", "target", "K", "H"}, spc.cusum),
    ({"values", "target", "sigma", "lambda", "L"}, spc.ewma),
)
# Expectations of files that stand beside the document.
BESIDE: dict[str, Callable[[Any, Path], list[Part]]] = {"qdas": formats.machine_files, "qif": formats.coordinate_files}
MACHINE = {".qif", ".dfq"}
BY_COLUMNS: dict[tuple[str, ...], Runner] = {
    ("severity", "code", "aql", "use_letter", "n", "ac", "re"): sampling.resolved,
    ("operator", "part", "trial", "value"): studies.gauge_rows,
}


@dataclass
class Checked:
    """A file: how many values were compared, which differ, and what stopped the comparison."""

    path: Path
    values: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)
    problem: str = ""

    @property
    def holds(self) -> bool:
        return not self.problem and not self.mismatches and self.values > 0


def check_folder(folder: Path) -> list[Checked]:
    """Every file below `folder` except Markdown, in order of its path; an empty folder gives an empty list."""
    return [check_file(path) for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix.lower() != ".md"]


def check_file(path: Path) -> Checked:
    checked = Checked(path)
    try:
        parts = _parts(path)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError) as failed:
        checked.problem = f"not understood: {type(failed).__name__}: {failed}"
        return checked
    for expected, found, tolerance in parts:
        for difference in compared(expected, found, tolerance):
            checked.values += 1
            if difference is not None:
                checked.mismatches.append(difference)
    if not checked.values:
        checked.problem = "holds no expected value"
    return checked


def _parts(path: Path) -> list[Part]:
    if path.suffix.lower() in MACHINE:
        return formats.readable(path)
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        return BY_COLUMNS[tuple(rows[0])](rows)
    document = json.loads(path.read_text(encoding="utf-8"))
    if document["id"] in BESIDE:
        return BESIDE[document["id"]](document, path.parent)
    return _runner(document)(document)


def _runner(document: Any) -> Runner:
    if runner := BY_ID.get(document["id"]):
        return runner
    data = document["data"]
    for names, runner in BY_DATA:
        if names <= set(data):
            return runner
    if set(data) == {"values"}:
        return spc.all_rules if "jasp_minitab_variant" in document["expected"] else spc.individuals
    raise ValueError(f"no kind of reference file has the id {document['id']!r} and these fields")
