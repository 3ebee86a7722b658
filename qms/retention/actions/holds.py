"""Legal holds: placed on records, extended, lifted."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.models import Preserved
from qms.records.reasons import check_reason

from .. import events, named
from ..models import LegalHold

RIGHT = "legal_hold.manage"


def place(
    *,
    by: Any,
    site: Site,
    reason: str,
    numbers: Iterable[str] = (),
    record_types: Iterable[str] = (),
    from_date: date | None = None,
    to_date: date | None = None,
    uid: UUID | None = None,
) -> LegalHold:
    """On records by number, or on all of some kinds that were recorded in a period; those that come later are not under it.

    Raises Invalid, Forbidden. The same `uid` again returns the first one.
    """
    check_site(by=by, site=site, right=RIGHT)
    if uid and (known := LegalHold.objects.filter(uid=uid, created_by=by).first()):
        return known
    check_reason(reason)
    found = named.chosen(site, by, numbers=numbers, types=record_types, first=from_date, last=to_date)
    with journal.act(events.HOLD_PLACED, by=by, reason=reason) as act:
        made = LegalHold.objects.create(
            uid=uid or uuid7(), site=site, state="STANDING", created_by=by, reason=reason.strip(), placed_at=now()
        )
        _preserve(made, found)
        act.record(made, told(made))
    return made


def check_site(*, by: Any, site: Site, right: str) -> None:
    held = access.site_ids(by, right)
    if held != access.ALL and site.pk not in held:
        raise Forbidden(
            _("You do not do this for %(site)s.") % {"site": site.code},
            hint=_("Ask an administrator for a role on this site."),
        )


def _preserve(hold: LegalHold, found: Iterable[Any]) -> None:
    held = set(hold.lines().values_list("number", flat=True))
    Preserved.objects.bulk_create(
        Preserved(hold_number=hold.number, record_type=row._meta.label_lower, record_key=row.pk, number=row.number)
        for row in found
        if row.number not in held
    )


def extend(
    *, legalhold: LegalHold, by: Any, numbers: Iterable[str], reason: str, version: int | None = None
) -> LegalHold:
    """More records come under it. Raises Invalid when none is new."""

    def change(row: LegalHold) -> tuple[str, ...]:
        found = named.chosen(row.site, by, numbers=numbers)
        before = row.lines().count()
        _preserve(row, found)
        if row.lines().count() == before:
            raise Invalid(_("These records are under the hold already."), field="numbers")
        return ()

    return _step(legalhold, "extend", by, reason=reason, version=version, change=change)


def lift(*, legalhold: LegalHold, by: Any, reason: str, version: int | None = None) -> LegalHold:
    """From now on its records go by their class again."""

    def change(row: LegalHold) -> tuple[str, ...]:
        row.lifted_at = now()
        row.lines().update(lifted_at=row.lifted_at)
        return ("lifted_at",)

    return _step(legalhold, "lift", by, reason=reason, version=version, change=change)


def _step(hold: LegalHold, name: str, by: Any, **options: Any) -> LegalHold:
    row: LegalHold = records.step(record=hold, name=name, by=by, payload=told, **options)
    return row


def told(hold: LegalHold) -> events.Held:
    return events.Held(hold=hold.number, records=hold.lines().count())


LEGALHOLD_STEPS = {"extend": extend, "lift": lift}
