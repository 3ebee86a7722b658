"""Who is told of forged and foreign answers: the security role, at once."""

from typing import Any

from qms.accounts import access
from qms.accounts.models import User
from qms.accounts.providers import IdentityProvider
from qms.office.models import Kind
from qms.office.notifications import rules, subjects


def security(news: rules.News) -> list[User]:
    """A provider opens accounts of every site: each security officer is told."""
    people = access.who_may("identity.manage")
    return [person for person in people if any(g.role == "security_officer" for g in person.valid_grants)]


def seen_by(rows: Any, person: Any) -> Any:
    return IdentityProvider.objects.visible_to(person).filter(pk__in=rows)


def register() -> None:
    subjects.register(subjects.Subject(IdentityProvider, "account.view", lambda row: str(row.name), seen_by))
    rules.RULES["provider.alarm"] = rules.Rule(Kind.SECURITY, security, once=True)
