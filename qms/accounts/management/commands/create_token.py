"""`manage.py create_token ACCOUNT --scope mes [--site AUG] [--source NAME]`: a token of a service account, printed once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qms import journal
from qms.accounts import actions
from qms.accounts.models import Site, User, normalised
from qms.accounts.roles import SCOPES
from qms.lib.errors import Refusal


class Command(BaseCommand):
    help = "Issue a token for a service account; it is printed once and stored nowhere."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("account", help="user id of the service account")
        parser.add_argument("--scope", action="append", required=True, choices=sorted(SCOPES), help="may be repeated")
        parser.add_argument(
            "--site", action="append", default=[], metavar="CODE", help="may be repeated; none: every site"
        )
        parser.add_argument("--source", default="", metavar="NAME", help="the name under which its messages are kept")
        parser.add_argument("--days", type=int, default=actions.TOKEN_LIFE.days, help="life of the token, at most 365")
        parser.add_argument("--create", action="store_true", help="make the service account when it does not exist")

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            user = self._account(options["account"], create=options["create"])
            _token, clear = actions.issue_token(
                user=user,
                scopes=set(options["scope"]),
                sites=[self._site(code) for code in options["site"]],
                source=options["source"],
                life=timedelta(days=max(options["days"], 1)),
                by=journal.SYSTEM,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        return clear

    def _account(self, name: str, *, create: bool) -> User:
        user = User.objects.filter(username_key=normalised(name)).first()
        if user is None and create:
            user = actions.create_user(
                username=name, full_name=name, kind=User.SERVICE, identity="manage.py create_token", by=journal.SYSTEM
            )
        if user is None:
            raise CommandError(
                f"There is no service account {name}. Make it under Settings, Service accounts, or add --create."
            )
        return user

    def _site(self, code: str) -> Site:
        site = Site.objects.filter(code=code).first()
        if site is None:
            known = ", ".join(Site.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no site {code} (known: {known}).")
        return site
