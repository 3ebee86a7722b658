from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qms.journal import sealing


class Command(BaseCommand):
    help = "Seal what is committed; with --loop as a daemon (one leader per cluster, others stand by)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true")
        parser.add_argument("--every", type=float, default=1.0, help="seconds between rounds")

    def handle(self, *args: Any, loop: bool, every: float, **options: Any) -> None:
        if loop:
            sealing.run(every=every)
            return
        if not sealing.lead():
            self.stdout.write("Another sealer leads; nothing to do here.")
            return
        sealing.prepare()
        total = 0
        while sealed := sealing.seal_once():
            total += sealed
        self.stdout.write(f"{total} entries sealed.")
