import getpass
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from qms import journal
from qms.journal import proofs, verifying
from qms.office import actions


class Command(BaseCommand):
    help = "Verify the trail: exit 0 intact, 1 tampered, with the first break named. The verification is itself an act of the trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--checkpoint", type=Path, help="a signed note that was kept outside")
        parser.add_argument("--bundle", type=Path, help="an export: it is checked instead, without the database")
        parser.add_argument(
            "--quick", action="store_true", help="count versions, do not compare them with their entries"
        )
        parser.add_argument("--no-act", action="store_true", help="write nothing; so it is anyway on a read-only copy")

    def handle(
        self,
        *args: Any,
        checkpoint: Path | None,
        bundle: Path | None = None,
        quick: bool = False,
        no_act: bool = False,
        **options: Any,
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
        if not no_act:
            self._record(report, quick)
        for problem in report.problems:
            self.stderr.write(problem)
        if not report.intact:
            sys.exit(1)
        self.stdout.write("The trail is intact.")

    def _record(self, report: verifying.Report, quick: bool) -> None:
        """A quick one is no whole verification, and a copy that cannot be written to keeps no acts."""
        if quick or _is_read_only():
            self.stdout.write(
                "Not recorded as an act: " + ("it was a quick one." if quick else "the copy is read-only.")
            )
            return
        actions.record_verification(
            report=report, by=journal.Actor(id=f"system:shell:{getpass.getuser()}", name="Shell")
        )


def _is_read_only() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool")
        return bool(cursor.fetchone()[0])
