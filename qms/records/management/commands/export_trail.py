from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qms.lib.errors import Refusal
from qms.records import exporting


class Command(BaseCommand):
    help = "Write the whole trail as a bundle that its own verify.py checks offline."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--purpose", default="exported from the shell")

    def handle(self, *args: Any, out: Path, purpose: str, **options: Any) -> None:
        try:
            size = exporting.whole_trail(out=out, purpose=purpose)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{out}: {size} entries")
