from typing import Any

from django.core.management.base import BaseCommand

from qms import journal
from qms.office import rotation


class Command(BaseCommand):
    help = (
        "Seals stored secrets anew under the first key of QMS_FIELD_KEYS while the plant works; then older keys can go."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for label, count in rotation.rotate(by=journal.SYSTEM).items():
            self.stdout.write(f"{label}: {count} sealed anew")
