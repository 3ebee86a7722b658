import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from qms.accounts.models import User
from qms.demo import simulators

from .seed_demo import write


class Command(BaseCommand):
    help = (
        "Connect the demo plant to the simulators that run, or switch them off where they do not; demo.json says which."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.VAR / "demo.json"
        told = json.loads(path.read_text())
        running = simulators.ensure(owner=User.objects.filter(username="integration").first())
        write(path, told | {"simulators": running})
        self.stdout.write(f"Simulators: {', '.join(running.values()) or 'none'}")
