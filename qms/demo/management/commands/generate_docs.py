from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qms.docs import pages


class Command(BaseCommand):
    help = "Writes docs/reference from the code; --check only says whether it is up to date."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *, check: bool, **options: Any) -> None:
        if not check:
            for path in pages.write():
                self.stdout.write(f"written: {path.name}")
            return
        if late := pages.outdated():
            raise CommandError(f"Out of date: {', '.join(Path(p).name for p in late)}. Run make docs.")
        self.stdout.write("docs/reference is up to date.")
