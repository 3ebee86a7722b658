"""What is wrong with an event, in words and with what to do about it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from connectors.mes_messages import Fault
from qms.api import problems


def explain(fault: Fault) -> problems.Fault:
    what, hint = _words(fault)
    values = {"expected": fault.expected, "got": fault.got}
    return problems.Fault(fault.pointer, what % values, hint % values)


def _words(fault: Fault) -> tuple[str, str]:
    known = {
        "missing": (_("This field is missing."), _("Send it.")),
        "wrong_type": (_("This is of the wrong type."), _("Send a JSON value of the type: %(expected)s.")),
        "too_long": (_("This is too long."), _("Send at most %(expected)s characters.")),
        "too_short": (_("This is empty."), _("Send at least %(expected)s character.")),
        "not_positive": (_("The quantity must be greater than zero."), _("Send how many are affected.")),
        "too_large": (_("The number is too large."), _("Send at most %(expected)s.")),
        "too_precise": (_("The number has too many decimal places."), _("Send at most %(expected)s decimal places.")),
        "bad_time": (_("This is not a time."), _("Send RFC 3339 with an offset, such as 2026-05-04T08:15:00+02:00.")),
        "no_part": (_("Neither part nor order is named."), _("Send the part number, the production order, or both.")),
        "no_target": (_("Neither lot nor order nor serials are named."), _("Send what the production event is about.")),
        "no_values": (_("There are no values."), _("Send at least one time and one value.")),
        "too_many": (_("There are more than %(expected)s values."), _("Send them in several requests.")),
        "uneven": (_("This column holds %(got)s values, not %(expected)s."), _("Give every column a value per time.")),
        "bad_address": (_("This is not an http or https address."), _("Without user name and password.")),
        "bad_hash": (_("A SHA-256 has 64 hexadecimal digits."), _("Send it, or leave it out.")),
        "bad_sequence": (_("This is not a sequence number."), _("Send a whole number that grows with each message.")),
        "not_a_number": (_("“%(got)s” is not a number."), _("Send digits, or correct the mapping.")),
        "not_in_table": (_("“%(got)s” does not stand in the mapping's table."), _("Add it to the mapping.")),
        "no_value": (_("An expression of the mapping has no value here: %(got)s."), _("Correct the mapping.")),
        "foreign_site": (_("This token is not good for the site “%(got)s”."), _("Use the token of that site.")),
        "other_body": (
            _("The event id “%(got)s” came before with another content."),
            _("Give every event an id of its own."),
        ),
    }
    return known.get(fault.code) or (
        _("This value is not taken."),
        _("Look up the field in the interface's description."),
    )
