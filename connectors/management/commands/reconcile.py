"""Compare everything that stands here with what the other system says now, in this process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.actions import reconciling
from connectors.models import Difference, Interface, Origin, ReconcileRun
from qms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Compare what stands here with what the system behind an interface says now; differences become work items."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("interface", help="code of the interface")

    def handle(self, *args: Any, **options: Any) -> None:
        interface = Interface.objects.filter(code=options["interface"]).first()
        if interface is None:
            known = ", ".join(Interface.objects.values_list("code", flat=True)) or "none"
            raise CommandError(f"There is no interface {options['interface']}; there are: {known}.")
        try:
            reconciling.check_reconcilable(interface)
            run = ReconcileRun.objects.create(interface=interface, origin=Origin.ASKED, asked_by="manage.py")
            reconciling.carry_out(run=run)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        for count in run.counts:
            told = "{object}: {here} here, {there} there, {differing} of {windows} days differ, {found} differences"
            self.stdout.write("  " + told.format(**count))
        for row in Difference.objects.filter(seen_by=run, resolved_at=None).order_by("object", "pk"):
            told = "; ".join(f"{name}: {ours or '–'} ≠ {theirs or '–'}" for name, ours, theirs in row.fields)
            self.stdout.write(f"  {row.kind}: {row.object} {row.name or '-'} ({row.key}) {told}")
        self.stdout.write(
            f"{interface.code}: {run.compared} compared, {run.found} differences, {run.opened} new, {run.closed} gone"
        )
        if run.note:
            self.stdout.write(run.note)
        if run.problem:
            raise CommandError(run.problem)
