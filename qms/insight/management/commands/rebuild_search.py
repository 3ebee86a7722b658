"""Makes the search documents anew from the records."""

from typing import Any

from django.core.management.base import BaseCommand

from qms.insight import projection


class Command(BaseCommand):
    help = "Make the search documents anew from the records (after a restore, or when the search misses something)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{projection.rebuild()} records can be found.")
