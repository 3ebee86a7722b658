import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qms import journal
from qms.backup import keys, taking
from qms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Write the whole plant into one file: database, attachments, checkpoint. Keys are not in it; --keys writes them apart."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--keys", type=Path, help="write the keys into this file, to be kept elsewhere")

    def handle(self, *args: Any, out: Path, keys: Path | None = None, **options: Any) -> None:
        began = time.monotonic()
        try:
            taken = taking.take(out=out, by=journal.SYSTEM)
        except (Refusal, OSError) as refusal:
            raise CommandError(str(refusal)) from refusal
        rows, about = sum(taken.about.rows.values()), taken.about
        self.stdout.write(
            f"{out}: {taken.size} bytes in {time.monotonic() - began:.1f} s, SHA-256 {taken.sha256}\n"
            f"{len(about.rows)} tables, {rows} rows, {taken.files} files, {about.size} sealed entries, root {about.root}"
        )
        self._keys(keys)
        self.stdout.write(f"Not verified yet; do it where the file will lie: manage.py restore --check {out}")
        for fault in taken.faults:
            self.stderr.write(fault)
        if taken.faults:
            raise CommandError(f"The backup is made, but {len(taken.faults)} stored files are missing or changed.")

    def _keys(self, out: Path | None) -> None:
        if out is None:
            self.stdout.write(
                f"The keys are NOT in it ({', '.join(keys.NAMES)}): without them it cannot be restored. Write them with --keys FILE."
            )
            return
        unset = keys.write(out)
        self.stdout.write(f"{out}: the keys, mode 600. Keep them in another place than the backup.")
        if unset:
            self.stderr.write(f"Not set here, so not in it: {', '.join(unset)}")
