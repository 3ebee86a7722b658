"""A notification in the words of whoever reads it."""

from typing import Any

from django.utils.translation import gettext as _


def sentence(told: Any) -> str:
    """What happened and what is asked; rendered in the active language."""
    templates = {
        "ncr.sent_to_mrb": _("%(number)s waits for your signature (MRB)."),
        "ncr.executed": _("%(number)s waits for your verification."),
        "record.commented": _("%(actor)s mentioned you on %(number)s."),
        "task.delegated": _("%(actor)s handed you a task on %(number)s."),
        "hold.activated": _("The hold %(number)s is confirmed: the ERP has moved the lot."),
        "hold.released": _("The hold %(number)s is released."),
        "hold.cancelled": _("The hold %(number)s was cancelled."),
        "posting.failed": _("The ERP refused a posting of %(number)s."),
        "command.overdue": _("%(target)s is late with what %(number)s asks of the shop floor."),
        "command.rejected": _("%(target)s rejected what %(number)s asks of the shop floor."),
        "command.expired": _("%(target)s missed every deadline for %(number)s; it does not count as done."),
        "command.breached": _("Breach: held stock of %(number)s was worked on at %(target)s."),
        "command.report_differs": _("%(target)s reports something else than %(number)s has asked for."),
        "interface.silent": _("The interface %(number)s is silent for longer than it may be."),
        "flow.silent": _("%(number)s: something that is expected there was not heard."),
        "flow.escalated": _("%(number)s: what is expected there is still not heard; those before you were told."),
        "daemon.silent": _("The process %(number)s does not answer."),
        "daemon.escalated": _("The process %(number)s still does not answer; those before you were told."),
        "interface.escalated": _("The interface %(number)s is still silent; those before you were told."),
        "webhook.stopped": _("The webhook %(number)s was stopped: nothing is delivered until somebody resumes it."),
        "trail.unsealed": _("Alarm: entries of the trail are not sealed."),
        "trail.anchor": _("Alarm: checkpoints of the trail do not reach every place outside."),
        "account.lock_alarm": _("The account %(number)s was locked after repeated failures of login or signing."),
        "account.code_ended": _("The one-time codes of %(number)s were ended; login asks for the password alone."),
        "trail.broken": _("Alarm: a verification of the trail found a break."),
        "access.overdue": _("The review of access at %(number)s is overdue."),
        "system.overdue": _("The periodic review of the system at %(number)s is overdue."),
        "qualification.soon": _("%(number)s: the qualification ends within a month. Record the next one in time."),
        "qualification.over": _("%(number)s: the qualification has ended; signatures that ask for it are refused."),
        "controlchart.signalled": _("%(number)s: a point broke a rule of the control chart."),
        "gauge.recalled": _("Bring the gauge %(target)s to calibration (%(number)s)."),
        "gauge.overdue": _("The calibration of the gauge %(target)s is overdue: it may not be used (%(number)s)."),
        "supplier_block.proposed": _("%(number)s: a supplier block waits for your signature."),
        "supplier_block.lift_proposed": _("%(number)s: lifting a supplier block waits for your signature."),
        "supplier_block.order_seen": _("%(number)s: an order went to a blocked supplier. Say what became of it."),
        "due.soon": _("%(number)s is due today or tomorrow."),
        "due.over": _("%(number)s is overdue."),
    }
    text = templates.get(told.event, _("%(number)s is yours now."))
    return text % {"number": told.number, "actor": told.actor or _("Somebody"), "target": told.data.get("target", "")}
