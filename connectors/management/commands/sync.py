"""Read an ERP now, in this process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors import sync
from connectors.models import Interface
from connectors.sync.store import COUNTED
from qms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Read what changed in the ERP behind an interface; --full reads everything and finds deletions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("interface", help="code of the interface")
        parser.add_argument("--full", action="store_true")
        parser.add_argument("--dry-run", action="store_true", help="read and compare, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        interface = Interface.objects.filter(code=options["interface"]).first()
        if interface is None:
            known = ", ".join(Interface.objects.values_list("code", flat=True)) or "none"
            raise CommandError(f"There is no interface {options['interface']}; there are: {known}.")
        try:
            reading = sync.sync(interface=interface, full=options["full"], dry_run=options["dry_run"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        counts = ", ".join(f"{getattr(reading.run, name)} {name}" for name in COUNTED)
        self.stdout.write(f"{interface.code}: {counts}{' (nothing was written)' if options['dry_run'] else ''}")
        for line in reading.failures:
            self.stdout.write(f"  failed: {line.object} {line.external_id} {line.number}: {line.problem}")
        if reading.problems:
            raise CommandError("\n".join(reading.problems))
