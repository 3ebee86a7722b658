import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from qms.demo import cast, codes, interfaces, plants, seed, simulators


class Command(BaseCommand):
    help = "Load the demo plant where it is missing, and write demo.json with its accounts and fresh tokens."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reviews", action="store_true", help="only the reviews of the trail, once it is sealed")

    def handle(self, *args: Any, reviews: bool = False, **options: Any) -> None:
        if reviews:
            seed.read_trail()
            return
        path = settings.VAR / "demo.json"
        if path.is_file() and not cast.is_empty():
            self.stdout.write("The demo plant is there.")
            return
        people = cast.ensure_cast()
        sites = cast.ensure_sites()
        codes.ensure_codes()
        plants.load(sites)
        if is_new := seed.is_empty():
            seed.load()
        # After the stories, whose postings a stand-in answers: nothing of theirs waits for a real ERP.
        secret = interfaces.ensure(sites=sites, owner=people["integration"])
        if is_new:
            seed.load_floor()
            seed.load_rules()
            seed.load_plans()
            seed.load_gauges()
            seed.load_lots()
            seed.load_doubt()
            seed.load_charts()
            seed.load_papers()
            seed.load_office()
        plants.load_stock(sites)
        running = simulators.ensure(owner=people["integration"])
        write(path, content(cast.issue_tokens(), secret) | {"simulators": running})
        self.stdout.write(f"Demo plant loaded; accounts in {path.name}.")


def content(tokens: dict[str, str], webhook_secret: str) -> dict[str, Any]:
    base = f"http://{os.environ.get('QMS_HOST') or '127.0.0.1'}:{os.environ.get('QMS_PORT') or 8000}"
    users = [
        {"username": p.username, "password": cast.PASSWORD, "roles": list(p.roles), "language": p.language}
        for p in cast.CAST
    ]
    return {"base_url": base, "users": users, "tokens": tokens, "webhook_secret": webhook_secret}


def write(path: Path, data: dict[str, Any]) -> None:
    """Mode 600 from the first byte."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(data, file, indent=1, ensure_ascii=False)
