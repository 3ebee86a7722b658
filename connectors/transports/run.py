"""One look of a transport: alone, capped, and its outcome kept where people see it."""

from __future__ import annotations

import importlib
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors.base import ConnectorError, Finding, Permanent
from connectors.models import Interface, InterfaceState
from connectors.sync.run import alone, check_open
from qms import journal
from qms.lib import crypto
from qms.lib.errors import Conflict, NotNow

from . import alarms, words
from .base import Bad

# Each kind is a module beside this one with poll() and probe(); its libraries are loaded when it is used.
KINDS = {"folder": "folder", "sftp": "sftp", "view": "views", "soap": "soap", "mqtt": "mqtt", "alerts": "alerting"}
BROKEN = (OSError, ConnectorError)


def module(interface: Interface) -> Any:
    if interface.adapter not in KINDS:
        raise Permanent("settings", f"There is no transport “{interface.adapter}”.")
    return importlib.import_module(f"connectors.transports.{KINDS[interface.adapter]}")


def secrets_of(interface: Interface) -> dict[str, Any]:
    try:
        return crypto.unseal(interface.credentials)
    except crypto.KeyMissing as missing:
        raise Permanent("settings", str(missing)) from missing


def poll(*, interface: Interface) -> int:
    """Returns how much was taken. Raises Conflict when it is off, paused, being read, or stopped by an alarm."""
    check_open(interface)
    if alarm := alarms.stops(interface):
        raise Conflict(words.alarm(alarm.kind, alarm.values), code="stopped")
    token = journal.ORIGIN.set(journal.Origin(source=f"transport:{interface.code}"))
    try:
        with alone(interface):
            return _poll(interface)
    finally:
        journal.ORIGIN.reset(token)


def _poll(interface: Interface) -> int:
    try:
        taken: int = module(interface).poll(interface, secrets_of(interface))
    except BROKEN as problem:
        failed(interface, getattr(problem, "message", "") or f"{type(problem).__name__}: {problem}")
        return 0
    except NotNow as waits:
        waiting(interface, str(waits))
        return 0
    except Bad as problem:
        failed(interface, words.told(problem.code, problem.values))
        return 0
    succeeded(interface)
    return taken


def failed(interface: Interface, problem: str) -> None:
    change = {"failed_at": Now(), "problem": problem[:2000]}
    InterfaceState.objects.update_or_create(interface=interface, defaults=change)


def waiting(interface: Interface, why: str) -> None:
    """It answers, and what it has stays there: people read why, and nobody is woken for silence."""
    change = {"succeeded_at": Now(), "failed_at": Now(), "problem": why[:2000]}
    InterfaceState.objects.update_or_create(interface=interface, defaults=change)


def succeeded(interface: Interface) -> None:
    InterfaceState.objects.update_or_create(interface=interface, defaults={"succeeded_at": Now(), "problem": ""})


def probe(*, interface: Interface) -> list[Finding]:
    """Whether the settings are good, line by line; nothing is taken."""
    try:
        return list(module(interface).probe(interface, secrets_of(interface)))
    except BROKEN as problem:
        return [Finding(_("It can be reached"), False, getattr(problem, "message", "") or str(problem))]
