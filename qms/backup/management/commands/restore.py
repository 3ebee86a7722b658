import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qms import journal
from qms.backup import keys, restoring
from qms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Restore a backup into an empty database; --check reads it whole and writes nothing; --keys puts the keys in place."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--check", action="store_true", help="read every byte, write nothing")
        parser.add_argument(
            "--keys", type=Path, help="the keys that a backup wrote apart, into $QMS_VAR/keys; nothing else is done"
        )
        parser.add_argument(
            "--leap", type=int, default=restoring.LEAP, help="numbers left out of every series (%(default)s)"
        )

    def handle(self, *args: Any, file: Path | None, check: bool, leap: int, **options: Any) -> None:
        try:
            if options["keys"]:
                self.stdout.write(
                    f"In place: {', '.join(keys.put_back(options['keys']))}. Now run it again without --keys."
                )
            elif file is None:
                raise CommandError("Name the backup: manage.py restore FILE")
            elif check:
                self._check(file)
            else:
                self._restore(file, leap)
        except (Refusal, OSError) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _check(self, file: Path) -> None:
        found = restoring.check(source=file)
        about = found.about
        self.stdout.write(
            f"{file}: {found.parts} parts read whole, every byte is as it was written; nothing was restored.\n"
            f"Made {about.at} by version {about.product}: {sum(about.rows.values())} rows, {found.files} files, "
            f"{about.size} sealed entries, root {about.root}"
        )
        for fault in found.faults:
            self.stderr.write(f"{fault} (so when the backup was made)")

    def _restore(self, file: Path, leap: int) -> None:
        began = time.monotonic()
        done = restoring.restore(source=file, by=journal.SYSTEM, leap=leap)
        about, report = done.about, done.verified
        self.stdout.write(
            f"{len(about.rows)} tables, {sum(about.rows.values())} rows and {done.files} files restored in "
            f"{time.monotonic() - began:.1f} s; every table has as many rows as the backup says.\n"
            f"Era {done.era} of the trail begins here; every series of numbers leaves out {leap}. Sessions ended."
        )
        if done.paused:
            self.stdout.write(f"Paused until a person resumes them: {', '.join(done.paused)}.")
        for fault in done.changed:
            self.stderr.write(f"{fault} was changed before the backup was made")
        for problem in report.problems:
            self.stderr.write(problem)
        if not done.is_the_same:
            raise CommandError(
                f"The trail is not intact: its root is {done.root or 'unknown'}, the backup says {about.root}."
            )
        self.stdout.write(
            f"Root of {about.size} entries: {about.root}, as the checkpoint in the backup says. "
            f"{report.entries} entries, {report.seals} seals, {report.rows} rows verified: the trail is intact.\n"
            "Before interfaces are resumed: docs/how-to/back-up-and-restore.md."
        )
