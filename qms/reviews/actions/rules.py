"""Rules that the plant sets for its reviews."""

from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.errors import Invalid
from qms.records.reasons import check_reason

from .. import events
from ..models import ReviewRule

RIGHT = "review_rule.manage"


def set_rule(*, rule: ReviewRule, closure_needs_review: bool, reason: str, by: Any) -> ReviewRule:
    """Whether records of the kind close only behind a signed review of their trail. Raises Invalid when nothing changes."""
    access.check(by, RIGHT)
    check_reason(reason)
    with journal.act(events.RULE_SET, by=by, reason=reason) as act:
        row = ReviewRule.objects.select_for_update().get(pk=rule.pk)
        if row.closure_needs_review == closure_needs_review:
            raise Invalid(
                _("Nothing is different."), field="closure_needs_review", hint=_("Change the rule, or go back.")
            )
        row.closure_needs_review = closure_needs_review
        row.save(update_fields=["closure_needs_review"])
        act.record(row, events.RuleSet(kind=row.record_type, closure=row.closure_needs_review))
    return row


def seed(cursor: Any) -> None:
    """A step behind every migrate: every kind of record that can ask for a review has its line, switched off."""
    from ..queries import closing

    cursor.execute("SELECT to_regclass(%s)", [ReviewRule._meta.db_table])
    if cursor.fetchone()[0] is None:
        return
    known = set(ReviewRule.objects.values_list("record_type", flat=True))
    for label in closing.kinds():
        if label not in known:
            with journal.act(events.RULE_SET, by=journal.SYSTEM) as act:
                made = ReviewRule.objects.create(record_type=label)
                act.record(made, events.RuleSet(kind=label, closure=False))
