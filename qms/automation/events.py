from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class RuleChanged:
    number: str
    code: str
    edition: int
    does: str
    mode: str


@dataclass(frozen=True)
class CaseChanged:
    number: str
    rule: str
    hits: int
    quantity: str
    ncr: str
    why: str


@dataclass(frozen=True)
class Tried:
    number: str
    days: int
    signals: int
    cases: int
    acts: int


@dataclass(frozen=True)
class Stopping:
    site: str
    source: str


RULE_DRAFTED = Event("rule.drafted", _("Rule %(code)s drafted, edition %(edition)s."), RuleChanged)
RULE_EDITED = Event("rule.edited", _("Rule edited."), RuleChanged)
RULE_TRIED = Event(
    "rule.tried",
    _(
        "Tried over the last %(days)s days: %(signals)s hits would have made %(cases)s cases, %(acts)s of them acted on."
    ),
    Tried,
)
RULE_APPROVED = Event("rule.approved", _("Rule approved, mode: %(mode)s."), RuleChanged)
RULE_APPROVED_TOO = Event("rule.approved_too", _("Rule approved by a second person."), RuleChanged)
RULE_RETURNED = Event("rule.returned", _("Rule sent back."), RuleChanged)
RULE_ACTIVATED = Event("rule.activated", _("Rule in use, mode: %(mode)s."), RuleChanged)
RULE_SUPERSEDED = Event("rule.superseded", _("A newer edition is in use."), RuleChanged)
RULE_EXPIRED = Event("rule.expired", _("The rule has expired."), RuleChanged)
RULE_RETIRED = Event("rule.retired", _("Rule retired."), RuleChanged)
RULE_CANCELLED = Event("rule.cancelled", _("Draft of the rule cancelled."), RuleChanged)
RULE_DOUBTED = Event(
    "rule.doubted", _("Less than half of what the rule %(code)s found was confirmed. Review it."), RuleChanged
)
CASE_BEGUN = Event("case.begun", _("First hit of the rule %(rule)s."), CaseChanged)
CASE_GREW = Event("case.grew", _("More hits: %(hits)s by now, quantity %(quantity)s."), CaseChanged)
CASE_SHADOWED = Event("case.shadowed", _("Counted only: the rule %(rule)s runs as a shadow."), CaseChanged)
CASE_SUGGESTED = Event("case.suggested", _("The rule %(rule)s suggests to act."), CaseChanged)
CASE_WAITING = Event("case.waiting", _("The rule %(rule)s asks for an approval."), CaseChanged)
CASE_ACTED = Event("case.acted", _("Done by the rule %(rule)s: %(ncr)s."), CaseChanged)
CASE_ACCEPTED = Event("case.accepted", _("Suggestion accepted: %(ncr)s."), CaseChanged)
CASE_APPROVED = Event("case.approved", _("Approved and done: %(ncr)s."), CaseChanged)
CASE_CONFIRMED = Event("case.confirmed", _("Confirmed: the rule was right."), CaseChanged)
CASE_DISMISSED = Event("case.dismissed", _("Dismissed: the rule was wrong."), CaseChanged)
CASE_LAPSED = Event("case.lapsed", _("Not enough hits in time."), CaseChanged)
STOPPED = Event("automation.stopped", _("Automation stopped at %(site)s (source: %(source)s)."), Stopping)
RESUMED = Event("automation.resumed", _("Automation goes on at %(site)s (source: %(source)s)."), Stopping)


@dataclass(frozen=True)
class Heard:
    count: int
    digest: str


HEARD = Event("automation.heard", _("Signals kept: %(count)s."), Heard)
