import getpass
import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from qms import journal
from qms.accounts.models import User, normalised
from qms.journal import note
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.release import product
from qms.office import actions, qualifying
from qms.records.bundle import report, seal

TEMPLATE = Path(settings.BASE_DIR) / "templates" / "pdf" / "qualification.typ"


class Command(BaseCommand):
    help = (
        "Installation and operation qualification: a signed JSON and a sealed PDF in --out; exit 1 when a check fails."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, default=Path("."))
        parser.add_argument("--by", default="", help="user id of who qualifies; else the user of the shell")
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES], default="en")

    def handle(self, *args: Any, out: Path, by: str, language: str, **options: Any) -> None:
        who, at = self._who(by), now()
        with translation.override(language):
            results = qualifying.run()
            about = {"at": canonical.instant(at), "by": who.actor().name, "product": product()}
            told = qualifying.plain(results, **about)
            data = (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
            sha256 = hashlib.sha256(data).hexdigest()
            printed = report.pressed(
                {**told, "sha256": sha256, "words": qualifying.words(told, language)},
                SimpleNamespace(at=at),
                template=TEMPLATE,
            )
        out.mkdir(parents=True, exist_ok=True)
        (out / "iq-oq.json").write_bytes(data)
        (out / "iq-oq.pdf").write_bytes(seal.sealed(printed))
        signed = note.sign(f"qms/iq-oq\n{sha256}\n{told['passed']} passed, {told['failed']} failed\n", self._key())
        (out / "iq-oq.json.note").write_text(signed)
        actions.record_qualification(told=told, sha256=sha256, by=who)
        for one in results:
            self.stdout.write(f"{'ok  ' if one.passed else 'FAIL'} {one.part} {one.title} {one.found}")
        self.stdout.write(f"{told['passed']} passed, {told['failed']} failed: {out / 'iq-oq.json'}")
        if told["failed"]:
            sys.exit(1)

    def _who(self, by: str) -> Any:
        if not by:
            return journal.Actor(id=f"system:shell:{getpass.getuser()}", name=f"Shell ({getpass.getuser()})")
        user = User.objects.filter(username_key=normalised(by), kind=User.PERSON, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active person “{by}”.")
        return user

    def _key(self) -> Any:
        try:
            return note.private_key(settings.SEAL_KEY)
        except (ValueError, TypeError) as error:
            raise CommandError("QMS_SEAL_KEY is missing or holds no key: the report cannot be signed.") from error
