"""Augsburg's rules: one that suggests, one that only counts, one that waits for its second approver; and what they have heard."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from qms import journal
from qms.accounts.models import Site
from qms.automation import actions
from qms.automation.models import Signal
from qms.lib.clock import now

from .walk import person, signing

SOURCE = "mes-aug"
RULES: tuple[dict[str, Any], ...] = (
    {
        "code": "LEAK-EOL",
        "title": "Leak test at the end of the line",
        "note": "Three failed leak tests of one lot within an hour were a real defect in four of five cases last year.",
        "hears": "test", "does": "ncr", "mode": "suggest", "watched": "LEAK", "least_hits": 3,
    },
    {
        "code": "BORE-LIMIT",
        "title": "Bore outside its limits",
        "note": "To learn how often it would speak before it may suggest anything.",
        "hears": "limit", "does": "ncr", "mode": "shadow", "watched": "BORE*",
    },
    {
        "code": "CRITICAL-HOLD",
        "title": "Hold the lot of a critical nonconformance",
        "note": "Nobody should have to look for the lot before it is kept from use.",
        "hears": "ncr", "does": "hold", "mode": "approval", "severity": "critical",
    },
)  # fmt: skip
# Kind, code, part, lot, serial, value, limits, minutes ago
HEARD = (
    ("test", "LEAK", "TB-4711", "LOT-26-0101", "SN-0412", "", "", 95),
    ("test", "LEAK", "TB-4711", "LOT-26-0101", "SN-0415", "", "", 80),
    ("test", "LEAK", "TB-4711", "LOT-26-0101", "SN-0419", "", "", 62),
    ("test", "LEAK", "TB-4711", "LOT-26-0101", "SN-0420", "", "", 58),
    ("limit", "BORE 12 H7", "TB-4711", "LOT-26-0101", "SN-0430", "12.021 mm", "12 … 12.018", 240),
    ("limit", "BORE 12 H7", "TB-4711", "LOT-26-0101", "SN-0431", "12.023 mm", "12 … 12.018", 236),
)


def load() -> None:
    site, engineer, manager = Site.objects.get(code="AUG"), person("engineer"), person("manager")
    for told in RULES:
        values = {"expires_on": now().date() + timedelta(days=365), "owner": engineer, **told}
        rule = actions.draft(by=engineer, site=site, **values)
        rule = actions.try_past(rule=rule, by=engineer)
        sentence = f"I approve {rule.number}, rule {rule.code}, edition {rule.edition}."
        rule = actions.RULE_STEPS["approve"](rule=rule, by=manager, signing=signing(manager, sentence))
        if not rule.needs_two:
            actions.activate(rule=rule, by=manager)
    hear(site)


def hear(site: Site) -> None:
    at = now()
    signals = [
        Signal(
            kind=kind, site=site, source=SOURCE, source_event=f"demo-{place}", part=part, lot=lot, serial=serial, code=code,
            value=value, limits=limits, severity="major", quantity=Decimal(1), unit="u", occurred_at=at - timedelta(minutes=ago),
        )
        for place, (kind, code, part, lot, serial, value, limits, ago) in enumerate(HEARD)
    ]  # fmt: skip
    actions.hear(signals=signals, by=journal.SYSTEM)
    actions.judge()
