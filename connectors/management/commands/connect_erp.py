"""Connect the ERP that a file describes. Said twice, it does nothing the second time."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors import actions, http
from connectors.base import ConnectorError
from connectors.models import Interface, Kind, Mode
from connectors.registry import ADAPTERS, bound, connected
from qms import journal
from qms.accounts import access
from qms.accounts import actions as accounts
from qms.accounts.models import Site, User
from qms.lib import crypto

SECRETS = ("rest_key", "password")  # the key opens by itself, the password needs the user
PURPOSE = "Master data, orders and lots in; holds, releases and scrap out."


class Command(BaseCommand):
    help = "Create or update the interface to the ERP described by a JSON file, test it and plan its first reading."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--file", type=Path, required=True, help="adapter, base_url, settings, rest_key or password"
        )
        parser.add_argument("--code", help="code of the interface (default: the adapter's name)")
        parser.add_argument("--site", help="code of the site (default: the first one)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.connect(read(options["file"]), options)
        except crypto.KeyMissing as missing:
            raise CommandError(f"{missing}. `make run` makes one on its first start; set it otherwise.") from missing

    def connect(self, told: dict[str, Any], options: dict[str, Any]) -> None:
        code = options["code"] or told["adapter"]
        try:
            bound(told["adapter"], told["settings"])
        except ConnectorError as problem:
            raise CommandError(problem.message) from problem
        interface, changed = actions.connect(
            code=code,
            name=told.get("name") or told["adapter"].capitalize(),
            kind=Kind.ERP,
            adapter=told["adapter"],
            base_url=told["base_url"],
            settings=told["settings"] | ({} if told.get("rest_key") else {"user": told["user"]}),
            secrets=secrets_of(told),
            site=self.site(options["site"]),
            mode=Mode.LIVE,
            owner=self.owner(),
            purpose=PURPOSE,
            by=journal.SYSTEM,
        )
        self.stdout.write(f"Interface {code}: {'connected' if changed else 'as before'}, {interface.base_url}")
        self.probe(interface)
        actions.plan_sync(interface=interface)
        self.stdout.write(f"Its next reading is planned for now; `manage.py sync {code}` does it here and waits.")

    def site(self, code: str | None) -> Site:
        site = Site.objects.filter(**({"code": code} if code else {})).first()
        if site is None and code:
            raise CommandError(f"There is no site {code}.")
        if site is None:
            site = accounts.create_site(code="PLANT1", name="Plant 1", name_zh="一号工厂", by=journal.SYSTEM)
            self.stdout.write("Site PLANT1 was made, since there was none.")
        return site

    def owner(self) -> User | None:
        return access.who_may("interface.operate").order_by("pk").first()

    def probe(self, interface: Interface) -> None:
        line = connected(interface)
        try:
            findings = http.run(line.adapter.probe(line.settings), base_url=line.base_url)
        except ConnectorError as problem:
            raise CommandError(
                f"The interface is kept, but the ERP does not answer well: {problem.message}"
            ) from problem
        for finding in findings:
            self.stdout.write(f"  {'ok  ' if finding.ok else 'FAIL'} {finding.name} {finding.detail}".rstrip())
        if not all(finding.ok for finding in findings):
            raise CommandError("The interface is kept, but not everything in the ERP is as it has to be.")


def read(path: Path | str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(Path(path).read_text())
    except (OSError, ValueError) as why:
        raise CommandError(f"{path} cannot be read: {why}") from why
    missing = [name for name in ("adapter", "base_url", "settings") if not told.get(name)]
    if missing or not (told.get("rest_key") or (told.get("user") and told.get("password"))):
        raise CommandError(f"{path} lacks {', '.join(missing) or 'rest_key, or user and password'}.")
    if told["adapter"] not in ADAPTERS:
        raise CommandError(f"There is no adapter {told['adapter']}; there are: {', '.join(ADAPTERS)}.")
    return told


def secrets_of(told: dict[str, Any]) -> dict[str, str]:
    """The key alone where there is one: an account that is not needed is not kept."""
    name = next(name for name in SECRETS if told.get(name))
    return {name: told[name]}
