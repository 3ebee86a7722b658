"""Rules of spelling: drafted with examples, used once they come out, retired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import User
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.records.actions import check_reason

from .. import events
from ..models import SPELT, Crosswalk, CrosswalkKind, Normalisation
from ..spelling import failures, is_spelt, spelt

EDIT, OPERATE = "mapping.edit", "interface.operate"
MOST = 200


def draft_spelling(
    *, by: Any, source: str, kind: str, examples: Sequence[dict[str, str]], note: str, **rules: Any
) -> Normalisation:
    """The next edition for the kind of names of the source; it is used once it is activated. Raises Invalid."""
    access.check(by, EDIT)
    check_reason(note)
    if kind not in CrosswalkKind.values or set(rules) - set(Normalisation.RULES):
        raise Invalid(_("This kind of name is not known."), field="kind")
    if kind not in SPELT:
        raise Invalid(
            _("Names of this kind are looked up as they are sent; a rule of spelling would do nothing."),
            field="kind",
            hint=_("Enter the names one by one instead."),
        )
    if not 1 <= len(examples) <= MOST:
        raise Invalid(
            _("A rule has 1 to %(most)s examples.") % {"most": MOST},
            field="examples",
            hint=_("Write one a line: name as sent => name as it must be looked up."),
        )
    with journal.act(events.SPELLING_DRAFTED, by=by, reason=note) as act:
        with connection.cursor() as cursor:  # two drafts at once get two editions
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"spelling:{source}:{kind}"])
        last = Normalisation.objects.filter(source=source, kind=kind).aggregate(n=Max("edition"))["n"]
        row = Normalisation.objects.create(
            source=source, kind=kind, edition=(last or 0) + 1, note=note, made_by=by if isinstance(by, User) else None,
            examples=[{"given": str(one["given"]), "expect": str(one["expect"])} for one in examples], **rules,
        )  # fmt: skip
        act.record(row, told(row))
    return row


def activate_spelling(*, by: Any, rule: Normalisation) -> Normalisation:
    """Every example must come out, and no two names of the crosswalk may become one that means two things.

    The edition before retires in the same transaction; names of the crosswalk are spelt anew. Raises Conflict.
    """
    access.check(by, OPERATE)
    with journal.act(events.SPELLING_ACTIVATED, by=by) as act:
        row: Normalisation = Normalisation.objects.select_for_update().get(pk=rule.pk)
        if row.activated_at:
            raise Conflict(_("This edition was in use already."), hint=_("Draft a new one."), code="used")
        _prove(row)
        before = Normalisation.objects.in_use().filter(source=row.source, kind=row.kind)
        for old in before.select_for_update():
            old.retired_at = now()
            old.save(update_fields=["retired_at"])
        row.activated_at = now()
        row.save(update_fields=["activated_at"])
        _respell(row)
        act.record(row, told(row))
    return row


def retire_spelling(*, by: Any, rule: Normalisation, reason: str) -> Normalisation:
    """Names are looked up as they are sent again; those of the crosswalk stay as they are spelt."""
    access.check(by, OPERATE)
    check_reason(reason)
    with journal.act(events.SPELLING_RETIRED, by=by, reason=reason) as act:
        row: Normalisation = Normalisation.objects.select_for_update().get(pk=rule.pk)
        if not row.activated_at or row.retired_at:
            raise Conflict(_("This edition is not in use."), code="not_used")
        row.retired_at = now()
        row.save(update_fields=["retired_at"])
        act.record(row, told(row))
    return row


def _prove(row: Normalisation) -> None:
    wrong = failures(row)
    if not wrong:
        return
    given, expect, made = wrong[0]
    words = {"count": len(wrong), "all": len(row.examples), "given": given, "expect": expect, "made": made}
    raise Conflict(
        _("%(count)s of %(all)s examples do not come out: “%(given)s” becomes “%(made)s”, not “%(expect)s”.") % words,
        hint=_("Draft an edition with another rule, or correct the example."),
        code="examples_fail",
    )


def _respell(rule: Normalisation) -> None:
    """Entries are found by the name as it is looked up from now on. Two spellings that mean the same become one entry.

    What an edition before has spelt is no name as it was sent: where it reads like what this rule makes, it stays."""
    rows = Crosswalk.objects.standing().filter(source=rule.source, kind=rule.kind).select_for_update().order_by("pk")
    taken: dict[tuple[Any, ...], Crosswalk] = {}
    again, anew = [], []
    periods = _periods(rule)
    for row in rows:
        stays = any(until > row.made_at for until in periods) and is_spelt(rule, row.foreign_value)
        name = row.foreign_value if stays else spelt(rule, row.foreign_value)
        other = taken.setdefault((name, row.revision, row.site_id), row) if row.is_current else row
        if other is not row:
            _check_same(row, other, name)
            again.append(row)
        elif name != row.foreign_value:
            row.foreign_value = name
            anew.append(row)
    for row in again:
        row.withdrawn_at = now()
        row.save(update_fields=["withdrawn_at"])
    for row in anew:
        row.save(update_fields=["foreign_value"])


def _periods(rule: Normalisation) -> list[datetime]:
    """Until when each edition before was in use: entries that were made before that moment were spelt by it."""
    rows = Normalisation.objects.filter(source=rule.source, kind=rule.kind, retired_at__isnull=False).exclude(
        pk=rule.pk
    )
    return [until for until in rows.values_list("retired_at", flat=True) if until]


def _check_same(row: Crosswalk, other: Crosswalk, name: str) -> None:
    if row.local_value != other.local_value:
        words = {"name": name, "one": other.meaning, "other": row.meaning}
        raise Conflict(
            _("“%(name)s” would mean both %(one)s and %(other)s.") % words,
            hint=_("Take one of the two entries back, or change the rule: nothing is guessed."),
            code="ambiguous",
        )


def told(row: Normalisation) -> events.Spelling:
    return events.Spelling(row.source, row.kind, row.edition, len(row.examples))
