"""What the database refused, in words; the database is the last one to hold a rule, so its word must reach the caller."""

from django.db import Error, InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _

from qms.lib.errors import Conflict, Invalid, NotNow, Refusal

# SQLSTATEs of a server that is away, full or ends what takes too long; Django raises some of them as InternalError.
AWAY = ("08", "53", "57P", "25P03", "25P04", "40", "55P03", "57014", "58")


def refusal(exc: Error) -> Refusal | None:
    """The refusal behind a database error, or None for a mistake of ours."""
    state = getattr(exc.__cause__, "sqlstate", None) or ""
    if "cached plan" in str(
        exc
    ):  # the schema was changed under a prepared statement: the next connection prepares anew
        connection.close()
        state = "57P"
    if isinstance(exc, (OperationalError, InterfaceError)) or state.startswith(AWAY):
        return NotNow(_("The database does not answer."), hint=_("Send the same request again in a few seconds."))
    if state.startswith("QM"):
        return _law(state, _first_line(exc))
    if state in ("23505", "23P01"):
        return Conflict(
            _("This already exists (%(rule)s).") % {"rule": _rule(exc)},
            code="duplicate",
            hint=_("Read the existing record and change that one."),
        )
    if state.startswith("23"):
        return Invalid(_("The values break the rule “%(rule)s”.") % {"rule": _rule(exc)}, code="rule")
    if state.startswith("22"):
        return Invalid(
            _("A value is too long, too large or not of its kind."),
            hint=_("Shorten the texts and check numbers and dates."),
        )
    return None


def _law(state: str, text: str) -> Refusal | None:
    """Codes of our own triggers (qms/journal/sql.py, qms/workflow/install.py, ncr's laws). QM001 is a mistake of ours."""
    if state == "QM002":
        return Conflict(_("This step is not possible in the record's present state."), code="illegal_transition")
    if state in ("QM003", "QM004"):
        return Conflict(_("What was recorded is never rewritten: %(rule)s") % {"rule": text}, code="frozen")
    if state == "QM005":
        return Invalid(_("The quantities do not add up: %(rule)s") % {"rule": text}, code="quantity_law")
    return None


def _first_line(exc: Error) -> str:
    return str(exc).splitlines()[0].removeprefix("qms: ") if str(exc) else ""


def _rule(exc: Error) -> str:
    diagnosis = getattr(exc.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", "") or getattr(diagnosis, "column_name", "") or "?")
