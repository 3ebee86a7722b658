"""What was determined and judged, in words: for the timeline, for pages and for events."""

from collections.abc import Mapping
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
