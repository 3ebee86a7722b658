"""What a case brings about, by whoever answers for it: a person who accepts it, or the rule itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from inspection import actions as inspection
from ncr import actions as ncr
from ncr.models import Nonconformance
from qms import journal
from qms.accounts.models import User
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.quantity import show
from qms.masterdata import queries as masterdata
from suppliers import actions as suppliers
from suppliers import queries as blocks

from .. import queries
from ..choices import Does, Hears
from ..models import Case, Hit, Signal

ACCOUNT = "automation"
RIGHTS = frozenset({"ncr.report", "ncr.view", "hold.request", "hold.view"})


@dataclass(frozen=True)
class Scope:
    """What the account may do while it carries out a rule that people approved: on the rule's site, nothing else."""

    sites: set[int]
    permissions: frozenset[str] = RIGHTS


def account() -> User:
    return User.objects.get(username=ACCOUNT)


def agent(site_id: int) -> User:
    user = account()
    user.token_scope = Scope({site_id})  # type: ignore[attr-defined]
    return user


def seed(cursor: Any) -> None:
    """A step behind every migrate: the account that stands in the trail for what rules do. It has no password and no token."""
    from qms.accounts import actions as accounts

    cursor.execute("SELECT to_regclass(%s)", [Case._meta.db_table])
    if cursor.fetchone()[0] and not User.objects.filter(username=ACCOUNT).exists():
        accounts.create_user(username=ACCOUNT, full_name="Automation", kind=User.SERVICE, by=journal.SYSTEM)


def carry(*, case: Case, by: Any) -> Nonconformance:
    """Opens the nonconformance, or takes the one that the hits are about; holds its lot, or proposes to block its supplier,
    where the rule says so. Raises Refusal."""
    found = case.ncr or _about(case) or _opened(case, by)
    if case.rule.does == Does.HOLD:
        ncr.request_hold(ncr=found, by=by, reason=reason(case))
    if case.rule.does == Does.BLOCK:
        _propose_block(case, found, by)
    keep_values(record=found, signals=queries.members(case), by=by)
    return found


def _propose_block(case: Case, found: Nonconformance, by: Any) -> None:
    """By the person who accepts the case, for the owner of the rule; it takes two persons. One that stands is enough."""
    supplier = found.supplier or masterdata.supplier_of(found.lot)
    if supplier is None:
        raise Invalid(
            _("Whose lot it is is not known, so no supplier can be blocked."),
            hint=_("Name the supplier on %(number)s, or dismiss the case.") % {"number": found.number},
        )
    if blocks.open_of(supplier, case.site_id).exists():
        return
    suppliers.propose(
        by=by, site=case.site, supplier=supplier, reason=reason(case), ncr=found, owner=case.rule.owner, by_two=True
    )


def keep_values(*, record: Any, signals: Iterable[Signal], by: Any) -> int:
    """The values behind the hits are evidence of the record: they stay when the raw ones are dropped."""
    points = [
        inspection.Point(row.source, row.source_event.rpartition("#")[0], row.occurred_at, row.serial, row.code)
        for row in signals
        if row.kind == Hears.LIMIT
    ]
    return inspection.keep_points(record=record, points=points, by=by) if points else 0


def keep_leaving(since: datetime, until: datetime) -> int:
    """Before raw values are dropped: what cases stand on is kept, under the nonconformance where there is one."""
    hits = Hit.objects.filter(signal__kind=Hears.LIMIT, signal__occurred_at__gte=since, signal__occurred_at__lt=until)
    kept = 0
    for case in Case.objects.filter(pk__in=hits.values("case")).exclude(state__in=("DISMISSED", "LAPSED")):
        mine = Signal.objects.filter(pk__in=hits.filter(case=case).values("signal")).order_by("occurred_at", "pk")
        kept += keep_values(record=case.ncr or case, signals=mine, by=journal.SYSTEM)
    return kept


def _about(case: Case) -> Nonconformance | None:
    if case.rule.hears != Hears.NCR:
        return None
    number = queries.members(case).values_list("source_event", flat=True).first()
    return Nonconformance.objects.filter(number=number).first()


def _opened(case: Case, by: Any) -> Nonconformance:
    first = queries.members(case)[0]
    rule = case.rule
    defect = ncr.NamedDefect(
        system=case.source,
        site_id=case.site_id,
        code=rule.defect_code.code if rule.defect_code else case.code,
        quantity=case.quantity,
        unit=case.unit,
        occurred_at=case.first_at,
        received_at=now(),
        part=case.part,
        order=case.order,
        lot=case.lot,
        operation=case.operation,
        work_center=case.work_center,
        severity=first.severity,
        description="\n".join(filter(None, (reason(case), _seen(first)))),
        detected_by=by.username,
        source=ACCOUNT,
        source_event=case.number,
    )
    return ncr.open_named(defect=defect, by=by)


def _seen(signal: Any) -> str:
    limits = f" ({signal.limits})" if signal.limits else ""
    value = f"{signal.value}{limits}" if signal.value else ""
    return " ".join(filter(None, (signal.code, value, signal.equipment, signal.note)))


def reason(case: Case) -> str:
    """Stands on the record for good: which rule, which edition, how much it had heard."""
    return _("%(case)s: rule %(rule)s %(code)s, edition %(edition)s, hits: %(hits)s, quantity: %(quantity)s.") % {
        "case": case.number,
        "rule": case.rule.number,
        "code": case.rule.code,
        "edition": case.rule.edition,
        "hits": case.hits,
        "quantity": show(case.quantity),
    }
