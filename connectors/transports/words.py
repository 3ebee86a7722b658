"""What is wrong with what came, in words, and what to do about it. Stored as code and values, told in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from connectors.inbox import drift


def told(code: str, values: Mapping[str, Any]) -> str:
    """The sentence and the next step."""
    known = _words() | _of_files() | _of_other_transports() | _rows()
    what, todo = known.get(code) or (_("This is not taken (%(code)s)."), "")
    return f"{_filled(what, code, values)} {_filled(todo, code, values)}".strip()


def _filled(text: str, code: str, values: Mapping[str, Any]) -> str:
    try:
        return text % {"code": code, **values}
    except (KeyError, ValueError, TypeError):
        return text


def _words() -> dict[str, tuple[str, str]]:
    """Of the whole."""
    return {
        "empty": (_("The file is empty."), _("Let the sender write it again.")),
        "too_large": (_("The file has %(size)s bytes, more than %(most)s."), _("Let the sender split it.")),
        "too_many_rows": (_("The file has more than %(most)s rows."), _("Let the sender split it.")),
        "undecodable": (
            _("The byte 0x%(byte)s (byte %(place)s of the file) does not exist in %(encoding)s; nothing was taken."),
            _("Set the encoding that the sender really uses, then try again."),
        ),
        "nul": (_("There is a NUL: this is no text in %(encoding)s."), _("Set the right encoding, then try again.")),
        "bom": (
            _("It begins with a byte order mark, but “UTF-8 without” is set."),
            _("Set “UTF-8 with a byte order mark”, then try again."),
        ),
        "no_bom": (
            _("It does not begin with a byte order mark, but “UTF-8 with a byte order mark” is set."),
            _("Set the encoding that the sender really uses, then try again."),
        ),
        "no_object": (
            _("The name of the file begins with none of our objects."),
            _("Let the sender begin it with one of: %(names)s."),
        ),
        "no_heads": (_("The first line names no columns."), _("Let the sender begin with the names of the columns.")),
        "separator": (
            _("The first line is one single column when “%(separator)s” separates."),
            _("Set the separator that the sender really uses, then try again."),
        ),
        "twice": (_("A column stands there twice."), _("Let the sender name every column once.")),
        "no_column": (
            _("A column that the settings name is missing."),
            _("Correct the settings or the sender, then try again."),
        ),
        "not_csv": (_("This line is not CSV (%(why)s)."), _("Quotation marks inside a cell are doubled.")),
        "no_trailer": (
            _("The last line EOF;<count> is missing: the file may be cut off."),
            _("Let the sender write it again, whole."),
        ),
        "wrong_count": (
            _("The last line promises %(promised)s rows, there are %(found)s."),
            _("Let the sender write the file again, whole."),
        ),
    }


def _of_files() -> dict[str, tuple[str, str]]:
    return {
        "not_xml": (_("This is not XML (%(why)s)."), _("Let the sender write it again.")),
        "doctype": (
            _("The file declares a document type (DOCTYPE), which may name entities and other files; it is not read."),
            _("Let the sender leave the DOCTYPE out."),
        ),
        "too_deep": (_("It is nested more than %(most)s levels deep."), _("Let the sender write it flatter.")),
        "no_rows": (
            _("There is no element “%(element)s” in it."),
            _("Set the name of the element that is one row, then try again."),
        ),
        "unknown_b2mml": (
            _("“%(root)s” is no B2MML message that is known here."),
            _("Set the name of the element that is one row, then try again."),
        ),
        "hash_missing": (
            _("The file with its SHA-256 is missing."),
            _("Let the sender write it beside, or do without it in the settings."),
        ),
        "hash_differs": (
            _("The SHA-256 beside it is another one: the file was changed or cut off on the way."),
            _("Let the sender write both again."),
        ),
        "bad_name": (
            _("The name is not <interface>_<site>_<yyyymmddThhmmssZ>_<number>.<extension>."),
            _("Correct the sender, or do without this rule in the settings."),
        ),
        "same_name": (
            _("A file of this name came before with another content."),
            _("Compare both. Try again to take this one too, or discard it."),
        ),
        "link": (_("This is a link, or no plain file; it is not read."), _("Let the sender write a plain file.")),
        "unforeseen": (
            _("It could not be worked through (%(why)s); nothing more of it was taken."),
            _("Correct what stands odd in it and send it again; the log of the worker tells where it ended."),
        ),
        "all_or_nothing": (
            _("%(count)s rows would be refused, so that nothing of the file was taken."),
            _("Correct what stands below and send the file again."),
        ),
    }


def _of_other_transports() -> dict[str, tuple[str, str]]:
    return {
        "no_schema": (_("The schema cannot be read: %(why)s"), _("Correct its place in the settings.")),
        "schema": (_("Line %(row)s does not keep the schema: %(why)s"), ""),
        "not_sparkplug": (
            _("This is no Sparkplug B payload."),
            _("Correct the format in the settings, or the sender."),
        ),
        "no_alias": (
            _("A metric has the alias %(alias)s, and its birth message did not come."),
            _("The birth message was asked for; the next one names it."),
        ),
        "retained": (
            _("The broker had kept this message: it tells a state, not an event, and is not applied."),
            _("Nothing. A sender of events must not set the retain flag."),
        ),
        "fault": (_("The service answered with a fault: %(why)s"), _("Ask who runs the service.")),
        "asked_anew": (
            _("This answer cannot be read once more; the service is asked anew by the clock."),
            _("Discard it."),
        ),
        "not_an_ack": (
            _("This is no answer to a command: it needs command, state and perhaps at with an offset."),
            _("Correct the sender."),
        ),
        "no_command": (_("There is no command %(id)s for this system."), _("Correct the sender.")),
        "topic": (_("The topic does not fit the pattern of the settings."), _("Correct the pattern or the sender.")),
    }


def _rows() -> dict[str, tuple[str, str]]:
    """Of one row."""
    return {
        "cells": (
            _("The row has %(found)s cells, the first line names %(wanted)s."),
            _("Correct the row in the sender."),
        ),
        "not_a_number": (
            _("“%(value)s” is not a number as it is declared for the interface."),
            _("Set the decimal sign that the sender uses, or correct the sender."),
        ),
        "not_a_time": (_("“%(value)s” is not a time of the form %(form)s."), _("Set the form that the sender uses.")),
        "no_alerts": (_("There are no alerts at %(where)s."), _("Set the right sender in the settings.")),
        "alert_status": (
            _("“%(value)s” is no status of an alert that is known here."),
            _("Look at the alert, then discard it or tell us about the new status."),
        ),
        "no_id": (_("The row has no id."), _("Let the sender give every row one.")),
        "not_json": (_("The line is not JSON (%(why)s)."), _("Correct it in the sender.")),
        "not_an_object": (_("The line is no JSON object."), _("Correct it in the sender.")),
        "not_an_event": (_("The line is no whole CloudEvent."), _("Correct what is named.")),
        "row": ("%(text)s", ""),
    }


def alarm(kind: str, values: Mapping[str, Any]) -> str:
    texts = {
        "missing": (
            _("The files of %(sender)s jump from %(last)s to %(now)s: %(count)s are missing."),
            _("Ask the sender for them; the alarm ends by itself when they have come."),
        ),
        "late": (_("No file came before %(by)s."), _("Ask the sender.")),
        "stuck": (
            _("%(file)s is at work for longer than %(minutes)s minutes."),
            _("Look whether the file can be read and moved."),
        ),
        "gap": (
            _("The broker no longer knew our session: what was sent meanwhile may be lost."),
            _("Compare with the sender (POST mes/reconcile), then say here what was found."),
        ),
        "drift": (
            _("The columns of %(view)s changed: %(changes)s. Nothing is read until somebody has looked."),
            _("Compare the mapping with the new columns, then accept them."),
        ),
        "contract": (
            _("The description of the service changed: %(changes)s. Nothing is asked until somebody has looked."),
            _("Compare it with the settings, then accept it."),
        ),
    }
    if kind == "shape":
        return drift.alarm_told(values)
    what, todo = texts[kind]
    return f"{_filled(what, kind, values)} {todo}"
