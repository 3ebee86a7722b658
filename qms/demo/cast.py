"""The people of the demo plant and of the tests: one account per role of contract.md, real second persons for every signature."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import translation

from qms import journal
from qms.accounts import actions
from qms.accounts.models import Grant, Site, User
from qms.records.actions import Signing
from qms.signatures import actions as signatures

PASSWORD = "meridian-demo-plant"  # noqa: S105  printed at every start; the demo listens on loopback
SITES = (
    ("AUG", "Augsburg", "奥格斯堡工厂", "Europe/Berlin"),
    ("SUZ", "Suzhou", "苏州工厂", "Asia/Shanghai"),
)
SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class Person:
    username: str
    full_name: str
    roles: tuple[str, ...]
    language: str = "en"
    sites: tuple[str, ...] = ("AUG",)
    fields: dict[str, Any] = field(default_factory=dict)


CAST = (
    Person("operator", "Otto Kern", ("operator",)),
    Person("inspector", "Ines Falk", ("inspector",)),
    Person("engineer", "Quentin Adler", ("quality_engineer",)),
    Person("supervisor", "Sana Brandt", ("supervisor",)),
    Person("manager", "Maren Vogt", ("quality_manager",)),
    Person("mrb1", "Milan Roth", ("mrb_member",)),
    Person("mrb2", "Mei Lin", ("mrb_member",), "zh-hans"),
    Person("supplierq", "Selma Quist", ("supplier_quality",)),
    Person("designer", "Dario Conti", ("design_authority",)),
    Person("buyer", "Petra Lang", ("purchasing",)),
    Person("documents", "Doris Weiss", ("document_controller",)),
    Person("auditor", "August Stein", ("auditor",), "en", ("AUG", "SUZ")),
    Person("security", "Sven Holt", ("security_officer",), "en", ("*",)),
    Person("integration", "Ivo Hartmann", ("integration_owner",), "en", ("AUG", "SUZ")),
    Person("admin", "Anna Berg", ("administrator",), "en", ("*",)),
    Person("gongcheng", "王芳", ("quality_engineer",), "zh-hans", ("SUZ",)),
    Person("caozuo", "李强", ("operator",), "zh-hans", ("SUZ",)),
    Person("jianyan", "陈静", ("inspector",), "zh-hans", ("SUZ",)),
    Person("pingshen1", "赵磊", ("mrb_member",), "zh-hans", ("SUZ",)),
    Person("pingshen2", "孙丽", ("mrb_member",), "zh-hans", ("SUZ",)),
    Person("sheji", "周敏", ("design_authority",), "zh-hans", ("SUZ",)),
    Person("zhuguan", "刘洋", ("supervisor",), "zh-hans", ("SUZ",)),
)


def ensure_sites() -> dict[str, Site]:
    for code, name, name_zh, zone in SITES:
        if not Site.objects.filter(code=code).exists():
            actions.create_site(code=code, name=name, name_zh=name_zh, timezone=zone, by=journal.SYSTEM)
    return {site.code: site for site in Site.objects.all()}


PIN = "274951"  # of everybody here who has a badge
BADGES = {"operator": "4711001", "inspector": "4711002", "caozuo": "8600001"}


def ensure_cast(*, password: str = PASSWORD) -> dict[str, User]:
    """Makes who is missing; returns everybody by user id."""
    sites = ensure_sites()
    for person in CAST:
        if not User.objects.filter(username=person.username).exists():
            _join(person, sites, password)
    return {user.username: user for user in User.objects.filter(kind=User.PERSON)}


def _join(person: Person, sites: dict[str, Site], password: str) -> None:
    home = person.sites[0]
    user = actions.create_user(
        username=person.username,
        full_name=person.full_name,
        password=password,
        language=person.language,
        timezone=sites[home].timezone if home in sites else "UTC",
        by=journal.SYSTEM,
    )
    with translation.override(person.language):
        signatures.agree(user=user, given=Signing(username=person.username, password=password, sentence=""))
    for role in person.roles:
        for code in person.sites:
            actions.grant(user=user, role=role, site=sites.get(code), since=SINCE, by=journal.SYSTEM)
    if number := BADGES.get(person.username):
        actions.issue_badge(user=user, number=number, by=journal.SYSTEM, reason="")
        actions.choose_pin(user=user, current=password, pin=PIN)


SERVICES = (
    ("mes", ["mes"], ("AUG",), "mes-aug"),
    ("erp", ["erp"], ("AUG",), "tryton"),
    ("readonly", ["read"], ("AUG",), ""),
)


def issue_tokens() -> dict[str, str]:
    """Service accounts of the demo with a fresh token each, in the clear (shown once, kept in demo.json only)."""
    sites, tokens = ensure_sites(), {}
    for name, scopes, codes, source in SERVICES:
        user = User.objects.filter(username=f"svc-{name}").first()
        if user is None:
            user = actions.create_user(
                username=f"svc-{name}", full_name=f"Service {name}", kind=User.SERVICE, by=journal.SYSTEM
            )
        _, tokens[name] = actions.issue_token(
            user=user, scopes=scopes, sites=[sites[c] for c in codes], source=source, by=journal.SYSTEM
        )
    return tokens


def is_empty() -> bool:
    return not Grant.objects.exists()
