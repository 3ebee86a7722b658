"""ERPNext: what Frappe's errors mean. What its objects are, and how it is asked, stands in objects.toml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from connectors.adapters.described.adapter import Described
from connectors.adapters.described.description import Description, load
from connectors.adapters.described.values import zone_of
from connectors.adapters.protocols.answers import plain, refuse
from connectors.adapters.protocols.rest import Rest
from connectors.base import Permanent, Reply, Settings, Temporary


class Frappe(Rest):
    def refused(self, reply: Reply, told: Any) -> None:
        """Most errors come as 417, told apart by the name of an exception."""
        kind, words = kind_of(told), words_of(told)
        if kind == "TimestampMismatchError":
            raise Temporary("changed_meanwhile", words or "The record was changed in the ERP at the same moment.")
        if kind in (
            "DuplicateEntryError",
            "UniqueValidationError",
        ):  # ours, from an attempt whose answer was lost: look again
            raise Temporary("made_before", words or "The ERP has such a document already.")
        if kind in ("QueryDeadlockError", "QueryTimeoutError"):
            raise Temporary("busy", words or "The ERP was busy.")
        if kind == "NegativeStockError":
            raise Permanent("not_enough_stock", words)
        refuse(reply, words)


def kind_of(told: Any) -> str:
    if not isinstance(told, dict):
        return ""
    errors = told.get("errors") or [{}]
    return str(told.get("exc_type") or errors[0].get("type") or "")


def words_of(told: Any) -> str:
    """JSON in JSON in JSON, with markup; `exc`, a traceback, is never read."""
    if not isinstance(told, dict):
        return ""
    try:
        messages = [json.loads(one) for one in json.loads(told.get("_server_messages") or "[]")]
        if words := " ".join(plain(one.get("message")) for one in messages):
            return words
    except (ValueError, TypeError, AttributeError):
        pass
    errors = told.get("errors") or [{}]
    return plain(told.get("exception", "").partition(": ")[2] or errors[0].get("message"))


class ERPNext(Described):
    """Settings: rest_key ("KEY:SECRET"), timezone (of the site; ERPNext stamps without one), company; custom_qms_ref must be a
    unique field of Stock Entry. Locations are names of warehouses."""

    product = "ERPNext"
    zone = "Asia/Kolkata"  # what a site has that was never told another
    overlap = 4200  # an hour is told twice when summer time ends

    def __init__(self, description: Description | None = None, without: tuple[str, ...] = ()) -> None:
        super().__init__(description or load(Path(__file__).with_name("objects.toml")), without)

    def dialect(self, settings: Settings) -> Frappe:
        settings["rest_key"]  # named where it is missing
        return Frappe(self.description.http, settings, zone_of(settings.get("timezone", self.zone)))
