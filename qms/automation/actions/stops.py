"""The switch: one act stops every automatic action of a site, another lets it go on. The brake is the same, for one source."""

from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Conflict
from qms.records.reasons import check_reason

from .. import events
from ..models import Rule, Stop
from ..workflow import RESUME, STOP
from . import carrying


def stop(*, site: Site, reason: str, by: Any, source: str = "") -> Stop:
    """At once, for every rule of the site. What was done stays done. Raises Conflict when it stands already."""
    access.check(by, STOP, _at(site))
    check_reason(reason)
    return _stopped(site, source, reason, by)


def brake(*, site: Site, source: str, rule: Rule) -> Stop | None:
    """By the rules themselves: too many cases of one source. None when it stands already."""
    if Stop.objects.standing().filter(site=site, source=source).exists():
        return None
    words = {"count": rule.burst_per_hour, "source": source, "rule": rule.number}
    reason = _("More than %(count)s cases in an hour from %(source)s (rule %(rule)s).") % words
    return _stopped(site, source, reason, carrying.account())


def _stopped(site: Site, source: str, reason: str, by: Any) -> Stop:
    with journal.act(events.STOPPED, by=by, reason=reason) as act:
        Site.objects.select_for_update().get(pk=site.pk)
        if Stop.objects.standing().filter(site=site, source=source).exists():
            raise Conflict(_("Automation is stopped there already."), code="stopped")
        made = Stop.objects.create(site=site, source=source, reason=reason, stopped_by=by)
        act.record(made, events.Stopping(site=site.code, source=source or "*"))
    return made


def resume(*, stop: Stop, reason: str, by: Any) -> Stop:
    """What came meanwhile stays with people; only what comes from now on is done by itself again."""
    access.check(by, RESUME, _at(stop.site))
    check_reason(reason)
    with journal.act(events.RESUMED, by=by, reason=reason) as act:
        row = Stop.objects.select_for_update().get(pk=stop.pk)
        if row.resumed_at:
            raise Conflict(_("Automation goes on there already."), code="resumed")
        row.resumed_at, row.resumed_by = now(), by
        row.save(update_fields=["resumed_at", "resumed_by"])
        act.record(row, events.Stopping(site=row.site.code, source=row.source or "*"))
    return row


def _at(site: Site) -> Any:
    return Stop(site=site)
