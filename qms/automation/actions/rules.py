"""What can be done with a rule, one function per act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing

from .. import events, matching, queries
from ..choices import DEFAULT_KEYS, Does, Hears, Key, Mode
from ..models import Backtest, Rule, content
from ..workflow import EDIT

EDITABLE = (
    "title", "note", "owner", "expires_on", "hears", "does", "mode", "source", "part", "family", "watched", "work_center",
    "severity", "defect_code", "group_by", "window_minutes", "least_hits", "burst_per_hour", "acts_per_hour",
    "quantity_per_hour", "value_per_hour",
)  # fmt: skip
MOST_DAYS, SHOWN = 400, 10


def draft(*, by: Any, site: Site, code: str, uid: UUID | None = None, base: Rule | None = None, **values: Any) -> Rule:
    """The next edition of `code` at the site, with what `base` says where nothing is given. The same `uid` again returns the first.

    Raises Forbidden, Invalid.
    """
    access.check(by, EDIT, Rule(site=site))
    if uid and (known := Rule.objects.filter(uid=uid, created_by=by).first()):
        return known
    given = {name: getattr(base, name) for name in EDITABLE} if base else {"group_by": list(DEFAULT_KEYS)}
    given |= {name: value for name, value in values.items() if name in EDITABLE}
    given.setdefault("owner", by)
    _check(given, by)
    with journal.act(events.RULE_DRAFTED, by=by) as act:
        Site.objects.select_for_update().get(pk=site.pk)  # two drafts at once get two editions
        last = Rule.objects.filter(site=site, code=code).aggregate(n=Max("edition"))["n"]
        made = Rule.objects.create(
            uid=uid or uuid7(),
            site=site,
            state="DRAFT",
            created_by=by,
            edited_by=by,
            code=code,
            edition=(last or 0) + 1,
            base=base,
            **given,
        )
        act.record(made, told(made))
    return made


def edit(*, rule: Rule, by: Any, version: int | None = None, **values: Any) -> Rule:
    """What was tried before must be tried again. Raises Invalid."""
    given = {name: getattr(rule, name) for name in EDITABLE} | {k: v for k, v in values.items() if k in EDITABLE}
    _check(given, by)

    def change(row: Rule) -> tuple[str, ...]:
        for name, value in given.items():
            setattr(row, name, value)
        row.edited_by, row.tried = by, ""
        return (*EDITABLE, "edited_by", "tried")

    return _step(rule, "edit", by, version=version, change=change)


def _check(given: dict[str, Any], by: Any) -> None:
    _check_fits(given)
    if unknown := sorted(set(given.get("group_by") or []) - set(Key.values)):
        raise Invalid(_("“%(name)s” cannot part cases.") % {"name": unknown[0]}, field="group_by")
    if not 1 <= given.get("window_minutes", 60) <= 10_080:
        raise Invalid(_("The gap is between one minute and a week."), field="window_minutes")
    if min(given.get("least_hits", 1), given.get("burst_per_hour", 1)) < 1 or given.get("acts_per_hour", 0) < 0:
        raise Invalid(_("Counts are one or more."), field="least_hits")
    if not given.get("expires_on") or given["expires_on"] < now().date():
        raise Invalid(_("A rule names a day on which it expires."), field="expires_on", hint=_("Name a day to come."))
    if not access.may(given["owner"], "automation.view"):
        raise Invalid(_("The owner must be able to see rules."), field="owner")


def _check_fits(given: dict[str, Any]) -> None:
    """What the rule hears, what it does and by itself or not."""
    if given.get("does") == Does.HOLD and given.get("hears") == Hears.ALERT:
        raise Invalid(_("An equipment alert names no lot that could be held."), field="does")
    if given.get("does") == Does.BLOCK and given.get("mode") == Mode.AUTO:
        raise Invalid(
            _("A supplier block is never automatic: it comes into force by the signature of people."),
            field="mode",
            hint=_("Choose suggest or needs approval: the rule then proposes the block."),
        )
    if given.get("does") == Does.BLOCK and given.get("hears") == Hears.ALERT:
        raise Invalid(_("An equipment alert names no lot whose supplier could be blocked."), field="does")
    if given.get("hears") == Hears.NCR and given.get("does") == Does.NCR:
        raise Invalid(_("A nonconformance does not open another one."), field="does")


def try_past(*, rule: Rule, by: Any, days: int = 30, version: int | None = None) -> Rule:
    """Runs the rule over what was heard in the last days, without doing anything; what came of it is kept. Raises Invalid."""
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(_("Between 1 and %(most)s days.") % {"most": MOST_DAYS}, field="days")
    at = now()
    result = matching.replay(rule, queries.past(rule, days, at).iterator(), queries.cost_of)
    raised = sorted(result.raised, key=lambda group: -group.hits)[:SHOWN]

    def change(row: Rule) -> tuple[str, ...]:
        row.tried = Rule.objects.values_list(content(), flat=True).get(pk=row.pk)
        return ("tried",)

    def keep(row: Rule) -> None:
        Backtest.objects.create(
            rule=row,
            content=row.tried,
            days=days,
            signals=result.signals,
            cases=len(result.raised),
            acts=len(result.acted),
            bursts=result.bursts,
            largest=[_group(group) for group in raised],
            by=by,
        )

    def payload(row: Rule) -> events.Tried:
        return events.Tried(row.number, days, result.signals, len(result.raised), len(result.acted))

    done: Rule = records.step(
        record=rule, name="try", by=by, version=version, change=change, after=keep, payload=payload
    )
    return done


def _group(group: matching.Group) -> dict[str, Any]:
    return {
        "part": group.part,
        "key": group.key,
        "hits": group.hits,
        "first_at": group.first_at.isoformat(),
        "why": str(group.why),
        "acted": group.acted,
    }


def approve(*, rule: Rule, by: Any, signing: Signing | None = None, version: int | None = None) -> Rule:
    """By another person than who wrote it (the database holds that too)."""

    def change(row: Rule) -> tuple[str, ...]:
        row.approved_by = by
        return ("approved_by",)

    return _step(rule, "approve", by, version=version, signing=signing, change=change)


def approve_too(*, rule: Rule, by: Any, signing: Signing | None = None, version: int | None = None) -> Rule:
    """The second approver of a rule that holds without a person's hand."""

    def change(row: Rule) -> tuple[str, ...]:
        row.approved_too_by = by
        return ("approved_too_by",)

    return _step(rule, "approve-too", by, version=version, signing=signing, change=change)


def send_back(*, rule: Rule, by: Any, reason: str, version: int | None = None) -> Rule:
    def change(row: Rule) -> tuple[str, ...]:
        row.approved_by = row.approved_too_by = None
        row.tried = ""
        return ("approved_by", "approved_too_by", "tried")

    return _step(rule, "return", by, version=version, reason=reason, change=change)


def activate(*, rule: Rule, by: Any, version: int | None = None) -> Rule:
    """From now on it hears; the edition that was in use before retires in the same transaction."""

    def change(row: Rule) -> tuple[str, ...]:
        same = Rule.objects.filter(site_id=row.site_id, code=row.code, state="ACTIVE")
        if before := same.exclude(pk=row.pk).first():
            records.system_step(record=before, name="supersede", by=by, payload=told)
        row.activated_at = now()
        return ("activated_at",)

    return _step(rule, "activate", by, version=version, change=change)


def retire(*, rule: Rule, by: Any, reason: str, version: int | None = None) -> Rule:
    return _step(rule, "retire", by, version=version, reason=reason)


def cancel(*, rule: Rule, by: Any, reason: str, version: int | None = None) -> Rule:
    return _step(rule, "cancel", by, version=version, reason=reason)


def _step(rule: Rule, name: str, by: Any, **options: Any) -> Rule:
    row: Rule = records.step(record=rule, name=name, by=by, payload=told, **options)
    return row


def told(rule: Rule) -> events.RuleChanged:
    return events.RuleChanged(
        number=rule.number, code=rule.code, edition=rule.edition, does=rule.does, mode=str(rule.get_mode_display())
    )


RULE_STEPS: dict[str, Callable[..., Rule]] = {
    "edit": edit,
    "try": try_past,
    "approve": approve,
    "approve-too": approve_too,
    "return": send_back,
    "activate": activate,
    "retire": retire,
    "cancel": cancel,
}
