"""Acts on a review of the audit trail: plan, begin (which fixes what it covers), mark exceptions, sign."""

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing
from qms.records.reasons import check_reason

from .. import events, queries
from ..choices import Follow, Look
from ..models import TrailException, TrailReview

RIGHT = "trail_review.manage"
EDITABLE = ("title", "purpose", "from_date", "to_date", "record_types", "numbers", "looks", "owner", "due_date")


def plan(*, by: Any, site: Site, title: str, uid: UUID | None = None, **values: Any) -> TrailReview:
    """A review to come. The same `uid` again returns the first one. Raises Invalid, Forbidden."""
    _check_site(by, site)
    if uid and (known := TrailReview.objects.filter(uid=uid, created_by=by).first()):
        return known
    given = _checked({"title": title, **values}, site, by)
    with journal.act(events.TRAIL_PLANNED, by=by) as act:
        made = TrailReview.objects.create(uid=uid or uuid7(), site=site, state="DRAFT", created_by=by, **given)
        act.record(made, told(made))
    return made


def _check_site(by: Any, site: Site) -> None:
    held = access.site_ids(by, RIGHT)
    if held != access.ALL and site.pk not in held:
        raise Forbidden(
            _("You do not review the trail of %(site)s.") % {"site": site.code},
            hint=_("Ask an administrator for a role on this site."),
        )


def _checked(values: dict[str, Any], site: Site, by: Any) -> dict[str, Any]:
    """What is planned, well formed. Raises Invalid."""
    if unknown := set(values) - set(EDITABLE):
        raise Invalid(_("These fields are not changed by hand: %(names)s.") % {"names": ", ".join(sorted(unknown))})
    if not str(values.get("title", "x")).strip():
        raise Invalid(_("A review needs a title."), field="title")
    first, last = values.get("from_date"), values.get("to_date")
    if first and last and last < first:
        raise Invalid(_("The period ends before it begins."), field="to_date", hint=_("Exchange the two days."))
    _check_codes(values)
    if "numbers" in values:
        values = {**values, "numbers": _numbers(values["numbers"], site, by)}
    _check_owner(values.get("owner"), site)
    return values


def _check_codes(values: dict[str, Any]) -> None:
    kinds, looks = dict(queries.offered(None)), dict(Look.choices)
    for name, known in (("record_types", kinds), ("looks", looks)):
        if wrong := [code for code in values.get(name) or () if code not in known]:
            raise Invalid(
                _("“%(name)s” is not known here.") % {"name": wrong[0]},
                field=name,
                hint=_("Known: %(names)s.") % {"names": ", ".join(sorted(known))},
            )


def _numbers(numbers: list[str], site: Site, by: Any) -> list[str]:
    """Records of the site whose trail the planner may read."""
    asked = list(dict.fromkeys(number.strip().upper() for number in numbers if number.strip()))
    for number in asked:
        record = queries.record_of(number, by)
        if record is None or record.site_id != site.pk:
            raise Invalid(
                _("There is no record “%(number)s”, or it is not open to you.") % {"number": number},
                field="numbers",
                hint=_("Name records of the site of the review, parted by commas."),
            )
    return asked


def _check_owner(owner: Any, site: Site) -> None:
    if owner and not access.who_may(RIGHT, site.pk).filter(pk=owner.pk).exists():
        raise Invalid(
            _("%(person)s may not review the trail of this site.") % {"person": owner},
            field="owner",
            hint=_("Choose somebody who holds the right on this site."),
        )


def edit(*, trailreview: TrailReview, by: Any, version: int | None = None, **values: Any) -> TrailReview:
    """Change the plan; once begun it stands."""

    def change(row: TrailReview) -> tuple[str, ...]:
        given = _checked(values, row.site, by)
        _check_period(row, given)
        for name, value in given.items():
            setattr(row, name, value)
        return tuple(given)

    return _step(trailreview, "edit", by, version=version, change=change)


def _check_period(row: TrailReview, given: dict[str, Any]) -> None:
    first: date | None = given.get("from_date", row.from_date)
    last: date | None = given.get("to_date", row.to_date)
    if first and last and last < first:
        raise Invalid(_("The period ends before it begins."), field="to_date", hint=_("Exchange the two days."))


def start(*, trailreview: TrailReview, by: Any, version: int | None = None) -> TrailReview:
    """Fixes what is covered: everything sealed at this moment. Raises Forbidden for who acted on a record in scope."""
    if access.may(by, RIGHT, trailreview) and not trailreview.started_at:
        _refuse_partial(trailreview, by)

    def change(row: TrailReview) -> tuple[str, ...]:
        found = queries.covered(row, by)
        if found.count > queries.MOST:
            raise Conflict(
                _("The scope holds more than %(most)s entries.") % {"most": queries.MOST},
                hint=_(
                    "Narrow the period, the kinds of record or the kinds of entries; several reviews cover the rest."
                ),
            )
        row.reviewer, row.started_at = by, now()
        row.entries, row.scope_digest = found.count, found.digest
        row.trail_size, row.trail_root = found.size, found.root
        row.actors = queries.people(row, by, size=found.size)
        return ("reviewer", "started_at", "entries", "scope_digest", "trail_size", "trail_root", "actors")

    return _step(trailreview, "start", by, version=version, change=change)


def _refuse_partial(review: TrailReview, by: Any) -> None:
    """The attempt stands in the trail."""
    entry = queries.acted(review, by)
    if entry is None:
        return
    with journal.act(events.TRAIL_REFUSED, by=by) as act:
        about = f"{entry.object_type} {entry.object_key}"
        act.record(review, events.RefusedReviewer(review=review.number, about=about, act=entry.event))
    raise Forbidden(str(queries.partial(entry)), code="segregation", hint=_("Another person must do this."))


def mark(
    *,
    trailreview: TrailReview,
    by: Any,
    entry: int,
    why: str,
    follow: str,
    note: str = "",
    record: str = "",
    version: int | None = None,
) -> TrailReview:
    """An entry of the scope does not pass: why, and what follows. `record`: the number of what was opened for it."""
    check_reason(why)
    if follow not in Follow.values:
        raise Invalid(_("Choose what follows."), field="follow")
    if record and queries.record_of(record, by) is None:
        raise Invalid(
            _("There is no record “%(number)s”, or it is not open to you.") % {"number": record}, field="record"
        )
    made: list[TrailException] = []

    def change(row: TrailReview) -> tuple[str, ...]:
        found = _entry(row, by, entry)
        if row.exceptions.filter(entry_id=entry, withdrawn_at=None).exists():
            raise Conflict(_("This entry is marked already."), hint=_("Withdraw the exception first."))
        values = {"note": note.strip(), "record_number": record.strip().upper(), "why": why.strip(), "follow": follow}
        named = {"about": queries.name_of(found)[:120], "event": found.event, "leaf": bytes(found.leaf).hex()}
        made.append(TrailException.objects.create(review=row, entry_id=entry, by=by, **named, **values))
        return ()

    return _step(trailreview, "mark", by, version=version, change=change, payload=lambda row: _marked(made[0]))


def _marked(one: TrailException) -> events.Marked:
    return events.Marked(entry=one.entry_id, about=one.about, why=one.why)


def _entry(review: TrailReview, by: Any, key: int) -> Entry:
    """One of the entries in scope. Raises Invalid."""
    found = queries.entries(review, by).filter(pk=key).first() if review.started_at else None
    if found is None:
        raise Invalid(
            _("The entry %(entry)s does not belong to this review.") % {"entry": key},
            field="entry",
            hint=_("Choose it from the list of entries of the review."),
        )
    return found


def withdraw(*, trailreview: TrailReview, by: Any, entry: int, reason: str, version: int | None = None) -> TrailReview:
    """The exception does not stand any more; it stays in the history."""
    ended: list[TrailException] = []

    def change(row: TrailReview) -> tuple[str, ...]:
        found = row.exceptions.filter(entry_id=entry, withdrawn_at=None).first()
        if found is None:
            raise Invalid(_("No exception stands at the entry %(entry)s.") % {"entry": entry}, field="entry")
        found.withdrawn_at = now()
        found.save(update_fields=["withdrawn_at"])
        ended.append(found)
        return ()

    options = {"version": version, "reason": reason, "change": change}
    return _step(trailreview, "withdraw", by, payload=lambda row: _marked(ended[0]), **options)


def sign(
    *, trailreview: TrailReview, by: Any, signing: Signing | None = None, version: int | None = None
) -> TrailReview:
    """“Reviewed”: over scope, counts and exceptions."""

    def change(row: TrailReview) -> tuple[str, ...]:
        row.reviewed_at = now()
        return ("reviewed_at",)

    return _step(trailreview, "sign", by, version=version, signing=signing, change=change)


def cancel(*, trailreview: TrailReview, by: Any, reason: str, version: int | None = None) -> TrailReview:
    return _step(trailreview, "cancel", by, version=version, reason=reason)


def _step(review: TrailReview, name: str, by: Any, **options: Any) -> TrailReview:
    row: TrailReview = records.step(record=review, name=name, by=by, **{"payload": told, **options})
    return row


def told(review: TrailReview) -> events.TrailReviewed:
    return events.TrailReviewed(
        review=review.number,
        title=review.title,
        entries=review.entries or 0,
        exceptions=len(review.standing()),
        size=review.trail_size or 0,
        root=review.trail_root,
    )


TRAILREVIEW_STEPS = {
    "start": start,
    "sign": sign,
    "mark": mark,
    "withdraw": withdraw,
    "edit": edit,
    "cancel": cancel,
}
