"""Acts on qualifications: recorded by somebody else than the person, ended before their day."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access, refusals
from qms.accounts.models import Site, User
from qms.lib.clock import now
from qms.lib.errors import Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.signatures import qualified

from . import events
from .models import Qualification
from .workflow import MANAGE


def qualify(
    *,
    by: Any,
    site: Site,
    person: User,
    meanings: Iterable[str],
    basis: str,
    valid_to: date,
    valid_from: date | None = None,
    uid: UUID | None = None,
) -> Qualification:
    """From today on, unless told otherwise. Raises Invalid, Forbidden. The same `uid` again returns the first one."""
    _check(by, site, person)
    if uid and (known := Qualification.objects.filter(uid=uid, created_by=by).first()):
        return known
    first, said = valid_from or now().date(), sorted(set(meanings))
    _check_words(person, site, said, basis, first, valid_to)
    with journal.act(events.RECORDED, by=by) as act:
        made = Qualification.objects.create(
            uid=uid or uuid7(),
            site=site,
            state="VALID",
            created_by=by,
            person=person,
            meanings=said,
            basis=basis.strip(),
            valid_from=first,
            valid_to=valid_to,
        )
        act.record(made, told(made))
    return made


def _check(by: Any, site: Site, person: User) -> None:
    held = access.site_ids(by, MANAGE)
    if held != access.ALL and site.pk not in held:
        raise Forbidden(
            _("You do not record qualifications at %(site)s.") % {"site": site.code},
            hint=_("Ask an administrator for a role on this site."),
        )
    if by.pk == person.pk:
        refusals.told(by=by, right=MANAGE, why=refusals.DUTY)
        raise Forbidden(
            _("Nobody records a qualification of their own."),
            hint=_("Another person must do this."),
            code="segregation",
        )


def _check_words(person: User, site: Site, meanings: list[str], basis: str, first: date, last: date) -> None:
    if person.kind != User.PERSON or not any(g.site_id in (None, site.pk) for g in person.valid_grants):
        raise Invalid(
            _("%(person)s has no role at %(site)s.") % {"person": person, "site": site.code},
            field="person",
            hint=_("Choose somebody who works there, or ask an administrator for the role first."),
        )
    if not meanings or set(meanings) - set(dict(qualified.MEANINGS)):
        raise Invalid(_("Choose what the person may sign."), field="meanings")
    if not basis.strip():
        raise Invalid(_("Say what it rests on: the training, the test, the certificate."), field="basis")
    if last < first:
        raise Invalid(_("It would end before it begins."), field="valid_to", hint=_("Choose a later last day."))


def end(*, qualification: Qualification, by: Any, reason: str, version: int | None = None) -> Qualification:
    """From now on the person signs nothing by it."""

    def change(row: Qualification) -> tuple[str, ...]:
        row.ended_at = now()
        return ("ended_at",)

    row: Qualification = records.step(
        record=qualification, name="end", by=by, version=version, reason=reason, change=change, payload=told
    )
    return row


def told(row: Qualification) -> events.Qualified:
    return events.Qualified(
        qualification=row.number,
        person=str(row.person_id),
        name=row.person.full_name,
        meanings=list(row.meanings),
        valid_from=row.valid_from.isoformat(),
        valid_to=row.valid_to.isoformat(),
    )


QUALIFICATION_STEPS: dict[str, Any] = {"end": end}
