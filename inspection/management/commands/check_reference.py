"""A site's own proof that the statistics compute what the reference says."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inspection.management.reference import Checked, check_folder

SHOWN = 5


class Command(BaseCommand):
    help = "Compute every statistics reference case in a folder again, print a table, and fail on a mismatch."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        checked = check_folder(folder)
        if not checked:
            raise CommandError(f"{folder} holds no reference file: nothing was proved.")
        self.stdout.write(f"{'file':<48}{'values':>8}{'differ':>8}  result")
        for one in checked:
            self.tell(one, folder)
        failed = [one for one in checked if not one.holds]
        total = sum(one.values for one in checked)
        if failed:
            raise CommandError(f"{len(failed)} of {len(checked)} files do not hold ({total} values compared).")
        self.stdout.write(f"All {len(checked)} files hold: {total} values compared.")

    def tell(self, one: Checked, folder: Path) -> None:
        result = "ok" if one.holds else "FAILED"
        name = one.path.relative_to(folder).as_posix()
        self.stdout.write(f"{name:<48}{one.values:>8}{len(one.mismatches):>8}  {result}")
        if one.problem:
            self.stdout.write(f"    {one.problem}")
        for miss in one.mismatches[:SHOWN]:
            self.stdout.write(f"    {miss.place}: expected {miss.expected}, computed {miss.found}")
        if len(one.mismatches) > SHOWN:
            self.stdout.write(f"    and {len(one.mismatches) - SHOWN} more")
