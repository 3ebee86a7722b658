"""What was determined and judged, in words: for the timeline, for pages and for events."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _


def rule_shown(told: Mapping[str, Any]) -> str:
    """n 80: Ac 2, Re 3; of a double plan both samples; k and M of the s method. Symbols of the standards, alike in every language."""
    if told.get("k") is not None:
        return f"n {told['n']}: k = {float(told['k']):.3f}, M = {told['most']} %"
    return "; ".join(f"n {stage['total']}: Ac {stage['ac']}, Re {stage['re']}" for stage in told["stages"])


def sampling_shown(told: Mapping[str, Any]) -> str:
    """Of the snapshot that an inspection keeps."""
    if not told:
        return "–"
    return " · ".join(filter(None, (told["source"], told["cell"], rule_shown(told))))


def judged_shown(told: Mapping[str, Any]) -> str:
    """Of the verdict: every group with what was found."""
    groups = told.get("groups", ()) if told else ()
    return "; ".join(_group(one) for one in groups) or "–"


def _group(one: Mapping[str, Any]) -> str:
    where = _("characteristic %(balloon)s") % one if one["balloon"] else _("the lot")
    if "s" in one:
        numbers = {name: f"{one['s'][name]:.4g}" for name in ("mean", "s", "p")}
        return _("%(where)s: mean %(mean)s, s %(s)s, estimated %(p)s %% beyond the limits") % {
            "where": where,
            **numbers,
        }
    return _("%(where)s: %(found)s of %(n)s do not conform") % {**one, "where": where}


def found_shown(line: Mapping[str, Any]) -> str:
    """Of a result on a certificate of conformance: every value with its sample; or lowest, highest and mean; or how many conform."""
    unit = f" {line['unit']}" if line["unit"] else ""
    if "values" in line:
        return "; ".join(f"{sample}: {value}" for sample, value in line["values"]) + unit
    if "lowest" not in line:
        return _("%(good)s of %(n)s conform") % {"good": line["n"] - line["bad"], "n": line["n"]}
    if line["lowest"] == line["highest"]:
        return str(line["lowest"]) + unit
    mean = _("mean %(mean)s") % {"mean": line["mean"]}
    return f"{line['lowest']} – {line['highest']}{unit} ({mean})"


def certified_shown(told: Mapping[str, Any]) -> str:
    """Of what a certificate takes from its inspection: the results, one after the other."""
    return (
        " · ".join(f"{line['balloon']} {line['name']}: {found_shown(line)}" for line in told.get("results", ())) or "–"
    )


def zero_table_shown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Of a plan's own C = 0 table: the lots of each row with their samples by AQL."""
    told = (
        (f"{row['from']}–{row['to'] or ''}", [f"{aql}: {row['n'][aql]}" for aql in sorted(row["n"], key=Decimal)])
        for row in rows
    )
    return "; ".join(f"{lots} ({', '.join(cells)})" for lots, cells in told) or "–"
