"""What can be wrong with a row: a stable code with a sentence and what to do, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Said:
    """`column`: technical name, empty when the row as a whole is meant."""

    code: str
    column: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {"code": self.code, "column": self.column, "params": {k: str(v) for k, v in self.params.items()}}


PROBLEMS: dict[str, tuple[Any, Any]] = {}


def declare(code: str, sentence: Any, hint: Any) -> str:
    """`sentence` and `hint` with %(name)s of the parameters. Raises ValueError for a code that is declared twice."""
    if code in PROBLEMS:
        raise ValueError(f"problem {code} is declared twice")
    PROBLEMS[code] = (sentence, hint)
    return code


def words(problem: Mapping[str, Any]) -> tuple[str, str]:
    """(sentence, hint) of a kept problem; an unknown code of an earlier version is shown as it is."""
    sentence, hint = PROBLEMS.get(problem["code"], (problem["code"], ""))
    params = problem["params"]
    return (str(sentence) % params, str(hint) % params) if problem["code"] in PROBLEMS else (str(sentence), "")


declare("missing", _("The value is missing."), _("Fill in the cell; this column may not be empty."))
declare("too_long", _("The text has %(length)s characters; at most %(most)s fit."), _("Shorten it."))
declare(
    "control_character",
    _("The text holds a character that cannot be printed (%(sign)s)."),
    _("Delete it; it often comes from copying."),
)
declare(
    "formula",
    _("The cell holds a formula: %(text)s"),
    _("Formulas are not calculated here. Paste the values instead (Paste special → Values)."),
)
declare("error_value", _("The cell holds the error %(text)s of the spreadsheet."), _("Correct it in the spreadsheet."))
declare(
    "not_a_number",
    _("“%(text)s” is not a number."),
    _("Write digits with %(sign)s as the decimal sign, without separators of thousands and without a unit."),
)
declare("too_many_places", _("“%(text)s” has more than six decimal places or is too large."), _("Round it yourself."))
declare("negative", _("“%(text)s” is below zero."), _("Quantities are never negative here. Correct the value."))
declare("not_above_zero", _("“%(text)s” is not above zero."), _("Correct the value, or leave out the row."))
declare(
    "not_a_date",
    _("“%(text)s” is not a date as declared for this file (%(format)s)."),
    _("Correct the cell, or upload the file again and choose the format that it has."),
)
declare(
    "ambiguous_time",
    _("“%(text)s” does not exist or exists twice in the time zone %(zone)s (clock change)."),
    _("Write the time with its offset, for example 2026-10-25T02:30:00+01:00."),
)
declare("in_future", _("“%(text)s” lies in the future."), _("Correct the date; what has happened lies in the past."))
declare(
    "not_yes_or_no", _("“%(text)s” is neither yes nor no."), _("Write yes or no (also: true, false, 1, 0, 是, 否).")
)
declare("not_among", _("“%(text)s” is none of the allowed values."), _("Allowed: %(allowed)s."))
declare(
    "duplicate_key",
    _("The identifier “%(text)s” stands in row %(row)s already."),
    _("Each identifier of the old system may stand in one row only. Delete or correct one of the two."),
)
declare(
    "duplicate_number",
    _("The number “%(text)s” stands in row %(row)s already, with another identifier."),
    _("Keep the row that is right."),
)
declare(
    "other_site",
    _("The row belongs to the site %(text)s, the import to %(site)s."),
    _("Import the rows of each site on their own, and choose the site when uploading."),
)
declare(
    "mastered_elsewhere",
    _("“%(text)s” is known already: %(source)s is its source."),
    _("Leave out the row. What an interface brings is not written over by an import."),
)
declare(
    "unknown_unit",
    _("The unit “%(text)s” is not known here."),
    _("Write a unit of the list of units. Known: %(known)s."),
)
declare(
    "unknown_part",
    _("The part “%(text)s” is not known here."),
    _("Import the parts first, or wait until the interface to the ERP has read it."),
)
declare(
    "ambiguous_part",
    _("The part number “%(text)s” stands for several parts."),
    _("Retire or roll back all but one of them, then repeat the dry run."),
)
declare(
    "wrong_revision",
    _("The part %(part)s has no revision “%(text)s”."),
    _("Known revisions: %(known)s. Correct the cell, or import the revision with the part."),
)
declare(
    "lot_of_other_site",
    _("The lot “%(text)s” of this part belongs to another site."),
    _("Import the row on the lot's own site."),
)
declare("refused", "%(text)s", _("Correct the row, or leave it out."))
declare("extra_cells", _("The row has more cells than there are columns."), _("Delete what stands to the right."))
