from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qms import journal
from qms.lib.errors import Refusal
from qms.records import exporting
from qms.records.models import REGISTRY


class Command(BaseCommand):
    help = "Write the evidence bundle of a record: a ZIP that its own verify.py checks offline (exit 0 or 1)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="such as NCR-26-000123")
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--purpose", default="exported from the shell")
        parser.add_argument("--language", default="en", choices=[code for code, _name in settings.LANGUAGES])

    def handle(self, *args: Any, number: str, out: Path, purpose: str, language: str, **options: Any) -> None:
        model: Any = REGISTRY.get(number.split("-")[0].upper())
        record = model.objects.filter(number=number.upper()).first() if model else None
        if record is None:
            raise CommandError(f"There is no record {number}.")
        try:
            made = exporting.at_once(record=record, out=out, purpose=purpose, language=language, by=journal.SYSTEM)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{out}: {made.size} bytes, SHA-256 {made.sha256}")
