import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qms.journal import proofs, verifying


class Command(BaseCommand):
    help = "Verify the trail: exit 0 intact, 1 tampered, with the first break named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--checkpoint", type=Path, help="a signed note that was kept outside")
        parser.add_argument("--bundle", type=Path, help="an export: it is checked instead, without the database")
        parser.add_argument(
            "--quick", action="store_true", help="count versions, do not compare them with their entries"
        )

    def handle(
        self, *args: Any, checkpoint: Path | None, bundle: Path | None = None, quick: bool = False, **options: Any
    ) -> None:
        if bundle:
            sys.exit(proofs.check_bundle(bundle))
        began = time.monotonic()
        report = verifying.verify(checkpoint=checkpoint.read_text() if checkpoint else "", quick=quick)
        took = time.monotonic() - began
        self.stdout.write(
            f"{report.entries} entries, {report.seals} seals, {report.rows} regulated rows verified in {took:.1f} s."
            f" {report.versions} versions {'counted' if quick else 'compared'}, {report.checkpoints} checkpoints kept outside."
        )
        for problem in report.problems:
            self.stderr.write(problem)
        if not report.intact:
            sys.exit(1)
        self.stdout.write("The trail is intact.")
