"""Read an ERP now, in this process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors import sync
from connectors.models import Interface, SyncLine
from connectors.sync.store import COUNTED
from qms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Read what changed in the ERP behind an interface; --full reads everything and finds deletions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("interface", help="code of the interface")
        parser.add_argument("--full", action="store_true")
        parser.add_argument("--dry-run", action="store_true", help="read and compare, show what differs, write nothing")
        parser.add_argument(
            "--believe-deletions", action="store_true", help="with --full: take over that much vanished at once"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        interface = Interface.objects.filter(code=options["interface"]).first()
        if interface is None:
            known = ", ".join(Interface.objects.values_list("code", flat=True)) or "none"
            raise CommandError(f"There is no interface {options['interface']}; there are: {known}.")
        try:
            reading = sync.sync(
                interface=interface,
                full=options["full"],
                dry_run=options["dry_run"],
                believes_deletions=options["believe_deletions"],
                tell=self.tell if options["dry_run"] else None,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        counts = ", ".join(f"{getattr(reading.run, name)} {name}" for name in COUNTED)
        self.stdout.write(f"{interface.code}: {counts}{' (nothing was written)' if options['dry_run'] else ''}")
        for line in reading.failures if not options["dry_run"] else ():
            self.tell(line)
        if reading.problems:
            raise CommandError("\n".join(reading.problems))

    def tell(self, line: SyncLine) -> None:
        """One object: what would become of it, and every member that differs, old → new."""
        self.stdout.write(f"  {line.outcome}: {line.object} {line.number or '-'} ({line.external_id}){self.more(line)}")
        for name, old, new in line.changes:
            self.stdout.write(f"      {name}: {old or '(empty)'} → {new or '(empty)'}")

    def more(self, line: SyncLine) -> str:
        if line.outcome == "renamed":
            return f": renamed from {line.before} to {line.number}"
        if line.outcome == "replaced":
            return f": its number now stands under the key {line.before}"
        return f": {line.problem}" if line.problem else ""
