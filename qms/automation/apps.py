from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig


class AutomationConfig(AppConfig):
    name = "qms.automation"

    def ready(self) -> None:
        from inspection import actions as measured
        from qms.journal.install import installer
        from qms.office.models import Kind
        from qms.office.notifications import rules, subjects
        from qms.ui import banners

        from . import handlers, permissions, workflow
        from .actions import carrying
        from .models import Rule, Stop

        assert workflow.CASE and handlers.KINDS
        Rule.refuses = permissions.refuses_step
        installer(carrying.seed)
        measured.KEEPERS.append(carrying.keep_leaving)
        banners.register(stopped)
        subjects.register(subjects.Subject(Stop, "automation.view", str))
        rules.RULES["automation.stopped"] = rules.Rule(Kind.INTERFACE, concerned, once=True)
        rules.RULES["rule.doubted"] = rules.Rule(Kind.ASSIGNED, owner, once=True)
        rules.RULES["rule.expired"] = rules.Rule(Kind.ASSIGNED, owner)
        rules.RULES["case.waiting"] = rules.Rule(Kind.ASSIGNED, approvers)
        rules.RULES["case.suggested"] = rules.Rule(Kind.ASSIGNED, case_owner)


def stopped(record: Any, user: Any) -> Iterable[Any]:
    """Rules and cases say that nothing happens by itself at the moment."""
    from django.utils.translation import gettext as _

    from qms.ui.banners import Banner

    from .models import Case, Rule, Stop

    if not isinstance(record, Case | Rule):
        return
    for row in Stop.objects.standing().filter(site_id=record.site_id).select_related("stopped_by"):
        words = {"source": row.source or _("every source"), "who": row.stopped_by, "why": row.reason}
        yield Banner(_("Automation is stopped (%(source)s) by %(who)s: %(why)s") % words, icon="octagon-pause")


def concerned(news: Any) -> list[Any]:
    """Whoever may let it go on, and the integration's people."""
    people = [*news.people.with_right("automation.resume", news.record.site_id)]
    return [*people, *news.people.with_right("interface.operate", news.record.site_id)]


def owner(news: Any) -> list[Any]:
    found: list[Any] = news.people.one(news.record.owner_id)
    return found


def case_owner(news: Any) -> list[Any]:
    found: list[Any] = news.people.one(news.record.rule.owner_id)
    return found


def approvers(news: Any) -> list[Any]:
    return list(news.people.with_right("automation.approve", news.record.site_id))
