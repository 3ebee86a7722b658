"""What the administration pages need to know: accounts with their grants and tokens, and the trail as far as a reader may see it."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.accounts import access
from qms.accounts.actions import MANAGE, compartments
from qms.accounts.models import Badge, Compartment, Container, Grant, ServiceToken, Site, User
from qms.accounts.roles import MATRIX, RIGHTS, ROLES
from qms.commands.models import Command, Posting
from qms.journal import anchoring, wording
from qms.journal import queries as journal
from qms.journal.findings import Finding
from qms.journal.models import Anchor, Entry, Seal
from qms.lib.clock import now
from qms.lib.errors import Missing
from qms.lib.listed import listed
from qms.records import jobs
from qms.records.models import REGISTRY, Job, Tombstone
from qms.records.told import stamp
from qms.signatures import queries as signatures
from qms.signatures.models import SigningRule
from qms.ui.show import Mark

from .models import TrailAlarm, Verification

TRAIL = "trail.view"
ACTIVE = Mark("active", gettext_lazy("Active"), "success")
INACTIVE = Mark("inactive", gettext_lazy("Deactivated"), "muted")
VALID = Mark("valid", gettext_lazy("Valid"), "success")
AHEAD = Mark("ahead", gettext_lazy("Not yet valid"), "info")
ENDED = Mark("ended", gettext_lazy("Ended"), "muted")
EXPIRED = Mark("expired", gettext_lazy("Expired"), "warning")
REVOKED = Mark("revoked", gettext_lazy("Revoked"), "muted")


# --- accounts ---


def accounts(kind: str) -> QuerySet[User]:
    current = Grant.objects.valid().select_related("site").order_by("role", "site__code")
    people = User.objects.filter(kind=kind).annotate(agreed_at=signatures.agreed_at())
    return people.prefetch_related(Prefetch("grants", current, to_attr="current"))


def account(username: str, kind: str = "") -> User:
    """Raises Missing."""
    found = User.objects.filter(username=username, **({"kind": kind} if kind else {})).first()
    if found is None:
        raise Missing(_("There is no account “%(name)s”.") % {"name": username}, hint=_("Choose one from the list."))
    return found


def role_words(grants: list[Grant]) -> str:
    """“Inspector (AUG, SUZ), Supervisor (all sites)”."""
    places: dict[str, list[str]] = {}
    for grant in grants:
        places.setdefault(grant.role, []).append(grant.site.code if grant.site else _("all sites"))
    return listed(
        _("%(role)s (%(sites)s)") % {"role": ROLES.get(r, r), "sites": listed(codes)} for r, codes in places.items()
    )


@dataclass(frozen=True)
class GrantLine:
    grant: Grant
    mark: Mark

    @property
    def is_open(self) -> bool:
        return self.mark is not ENDED


def grants(user: User) -> list[GrantLine]:
    """Valid ones first, then those to come, then those that ended; each group newest first."""
    today, order = now().date(), [VALID, AHEAD, ENDED]
    found = user.grants.select_related("site", "container", "granted_by").order_by("-valid_from", "-pk")
    lines = [GrantLine(g, _mark(g, today)) for g in found]
    return sorted(lines, key=lambda line: order.index(line.mark))


def _mark(grant: Grant, today: date) -> Mark:
    if grant.ended_at or (grant.valid_to and grant.valid_to < today):
        return ENDED
    return AHEAD if grant.valid_from > today else VALID


def grant(user: User, key: int) -> Grant:
    found = user.grants.select_related("site", "user").filter(pk=key).first()
    if found is None:
        raise Missing(_("This account has no such role."))
    return found


def badge(user: User, key: int) -> Badge:
    found = user.badges.select_related("user").filter(pk=key).first()
    if found is None:
        raise Missing(_("This account has no such badge."))
    return found


def badges(user: User) -> list[tuple[Badge, Mark]]:
    """Newest first."""
    return [(badge, ENDED if badge.ended_at else VALID) for badge in user.badges.all()]


def token(user: User, uid: Any) -> ServiceToken:
    found = user.tokens.filter(uid=uid).first()
    if found is None:
        raise Missing(_("This account has no such token."))
    return found


@dataclass(frozen=True)
class TokenLine:
    token: ServiceToken
    mark: Mark
    sites: str
    used_at: Any


def tokens(user: User) -> list[TokenLine]:
    found = user.tokens.select_related("tokenuse").prefetch_related("sites").order_by("-pk")
    return [
        TokenLine(
            token=t,
            mark=REVOKED if t.revoked_at else EXPIRED if t.expires_at <= now() else VALID,
            sites=", ".join(sorted(site.code for site in t.sites.all())) or _("all sites"),
            used_at=t.tokenuse.used_at if hasattr(t, "tokenuse") else None,
        )
        for t in found
    ]


def history(user: User) -> list[journal.Line]:
    """The account's timeline. What the trail holds only as a salted hash (password, e-mail) is named, not shown."""
    committed = {field.verbose_name for field in User._meta.fields if field.name in User.trail_commit}
    lines = journal.timeline(user)
    for line in lines:
        line.changes = [
            (label, _("(not shown)"), _("(changed)")) if label in committed else (label, old, new)
            for label, old, new in line.changes
        ]
    return lines


def places(manager: User) -> tuple[list[Site], bool]:
    """Sites whose accounts the person manages, and whether that is all of them, those to come included."""
    held = access.site_ids(manager, MANAGE)
    every = held == access.ALL
    return list(Site.objects.all() if every else Site.objects.filter(pk__in=held)), every


def matrix() -> list[tuple[Any, list[tuple[str, Any, list[bool]]]]]:
    """[(area, [(right, what it lets do, [held by role …])])] in the order of the one-page matrix."""
    areas: dict[str, list[tuple[str, Any, list[bool]]]] = {}
    for right, roles in MATRIX.items():
        line = (right, RIGHTS.get(right, right), [role in roles for role in ROLES])
        areas.setdefault(right.partition(".")[0], []).append(line)
    return [(AREAS.get(area, area), lines) for area, lines in areas.items()]


AREAS = {
    "ncr": gettext_lazy("Nonconformances"),
    "posting": gettext_lazy("Postings"),
    "hold": gettext_lazy("Holds"),
    "command": gettext_lazy("Commands to the shop floor"),
    "record": gettext_lazy("Records"),
    "reason": gettext_lazy("Reasons for a change"),
    "supplier_block": gettext_lazy("Supplier blocks"),
    "gauge": gettext_lazy("Gauges"),
    "inspection_plan": gettext_lazy("Inspection plans"),
    "inspection": gettext_lazy("Inspections"),
    "measurement": gettext_lazy("Measurements"),
    "control_chart": gettext_lazy("Control charts"),
    "masterdata": gettext_lazy("Master data"),
    "list": gettext_lazy("Lists"),
    "view": gettext_lazy("Saved views"),
    "interface": gettext_lazy("Integrations"),
    "mapping": gettext_lazy("Mappings"),
    "day_sheet": gettext_lazy("Day sheets"),
    "go_live": gettext_lazy("Going live"),
    "downtime": gettext_lazy("Downtimes"),
    "webhook": gettext_lazy("Webhooks"),
    "import": gettext_lazy("Imports"),
    "trail": gettext_lazy("Audit trail"),
    "trail_review": gettext_lazy("Audit-trail reviews"),
    "review_rule": gettext_lazy("Rules for reviews"),
    "access_review": gettext_lazy("Access reviews"),
    "system_review": gettext_lazy("Periodic reviews"),
    "retention": gettext_lazy("Retention"),
    "automation": gettext_lazy("Automation"),
    "legal_hold": gettext_lazy("Legal holds"),
    "disposal": gettext_lazy("Disposals"),
    "qualification": gettext_lazy("Qualifications"),
    "account": gettext_lazy("Administration"),
    "identity": gettext_lazy("Identity providers"),
    "compartment": gettext_lazy("Export compartments"),
}


# --- the trail ---


def sealed() -> dict[str, Any]:
    """The newest checkpoint."""
    seal = Seal.objects.order_by("-n").first()
    if seal is None:
        return {"seal": None}
    return {
        "seal": seal,
        "facts": [
            (gettext_lazy("Entries"), seal.size),
            (gettext_lazy("Root"), bytes(seal.root).hex()),
            (gettext_lazy("Sealed"), seal.sealed_at),
            (gettext_lazy("Era"), seal.era),
        ],
    }


VERIFY = "office.verify"  # the bell of the worker


def verifying() -> Verification | None:
    """The verification that is asked for or running."""
    return Verification.objects.filter(finished_at=None).order_by("-pk").first()


def progress(verification: Verification) -> Job | None:
    """Entries hashed of all of them; nothing is known before the first seal."""
    return jobs.found(VERIFY, verification.pk)


COUNTED = (
    ("entries", gettext_lazy("Entries")),
    ("seals", gettext_lazy("Seals")),
    ("rows", gettext_lazy("Regulated rows")),
    ("versions", gettext_lazy("Versions")),
    ("checkpoints", gettext_lazy("Checkpoints outside")),
)
ENDINGS = ("trail.verified", "trail.not_verified")


def verifications(*, shown: int = 20) -> list[dict[str, Any]]:
    """What the last ones said, as the trail keeps it, the newest first; `why` of those that did not come to their end."""
    ended = Entry.objects.filter(object_type="name", object_key="trail", event__in=ENDINGS).order_by("-id")[:shown]
    return [_verification(entry) for entry in ended]


def _verification(entry: Entry) -> dict[str, Any]:
    said = json.loads(entry.payload)
    data = said["data"]
    if entry.event != "trail.verified":
        return {"at": entry.ts, "by": wording.actor(said["who"]), "why": data["why"], "facts": []}
    return {
        "at": entry.ts,
        "by": wording.actor(said["who"]),
        "breaks": data["breaks"],
        "entries": data["entries"],
        "first": Finding(**data["first"]) if data["first"] else None,
        "facts": [(label, data[name]) for name, label in COUNTED],
    }


def anchored(*, shown: int = 20) -> dict[str, Any]:
    """Where checkpoints go, what arrived there, and the alarms that go on."""
    words = {anchoring.DIRECTORY: gettext_lazy("Directory"), anchoring.MAIL: gettext_lazy("Mail")}
    words[anchoring.TSA] = gettext_lazy("Time-stamp authority")
    return {
        "places": [(words[place.name], place.where) for place in anchoring.places()],
        "same_machine": anchoring.is_on_this_machine_only(),
        "anchors": Anchor.objects.order_by("-pk")[:shown],
        "alarms": TrailAlarm.objects.going_on(),
    }


def entries(user: User) -> QuerySet[Entry]:
    """Entries of acts that touch nothing closed to the reader: no other site, no compartment, no limited container.

    An act is judged as a whole, because a comment or a disposition line has no site of its own.
    """
    found = Entry.objects.annotate(actor_name=_name_of("actor_id"))
    if Tombstone.objects.exists():
        found = found.annotate(is_disposed=_of_disposed())
    closed = _closed(user)
    if not closed:
        return found
    return found.filter(~Exists(Entry.objects.filter(closed, act_id=OuterRef("act_id"))))


def _of_disposed() -> Exists:
    """An entry of an act on a record that was disposed of; what the trail says of the disposal itself is told."""
    stones = Tombstone.objects.annotate(key=Cast("record_key", TextField()))
    same = stones.filter(record_type=OuterRef("object_type"), key=OuterRef("object_key"))
    acts = Entry.objects.filter(Exists(same), act_id=OuterRef("act_id"))
    return Exists(acts.exclude(event__in=("record.disposed", "disposal.refused")))


def _name_of(path: str) -> Subquery:
    people = User.objects.annotate(key=Cast("pk", TextField())).filter(key=OuterRef(path))
    return Subquery(people.values("full_name")[:1], output_field=CharField())


def _closed(user: User) -> Q:
    """Condition of entries that the reader may not see; empty when nothing is closed."""
    sites = access.site_ids(user, TRAIL)
    condition = Q() if sites == access.ALL else Q(site__isnull=False) & ~Q(site__in=sites)
    if not (Compartment.objects.exists() or Container.objects.exists()):
        return condition
    for model in REGISTRY.values():
        limited = model.objects.filter(Q(compartment__isnull=False) | Q(container__isnull=False))
        hidden = limited.exclude(pk__in=access.visible_to(model.objects.all(), user, TRAIL).values("pk"))
        keys = hidden.annotate(hidden_key=Cast("pk", TextField())).values("hidden_key")
        label = model._meta.label_lower
        condition |= Q(object_type=label, object_key__in=keys)
        named = hidden.annotate(named=Concat(Value("record:"), "number", output_field=TextField())).values("named")
        condition |= Q(object_type="name", object_key__in=named)  # of signings at an identity provider
        carried = Posting.objects.filter(record_type=label, record_key__in=keys).annotate(key=Cast("pk", TextField()))
        condition |= Q(object_type=Posting._meta.label_lower, object_key__in=carried.values("key"))
        asked = Command.objects.filter(record_type=label, record_key__in=keys).annotate(key=Cast("pk", TextField()))
        condition |= Q(object_type=Command._meta.label_lower, object_key__in=asked.values("key"))
    return condition


def session_words(one: Any) -> str:
    told = {"device": one.device or "–", "address": one.address or "–"}
    told |= {"began": stamp(localtime(one.began)), "seen": stamp(localtime(one.seen))}
    return _("%(device)s, %(address)s: since %(began)s, last seen %(seen)s") % told


def identity(account: User) -> Any:
    """Who the person is at an identity provider, or invited to be."""
    return account.identities.open().select_related("provider").first()


def rule(site: Site) -> SigningRule:
    """The site's signing rule; where none was set, everything is told and nothing refused."""
    return SigningRule.objects.filter(site=site).first() or SigningRule(site=site)


def rule_words(site: Site) -> Any:
    held = getattr(site, "signing_rule", None)
    refused = held and (held.refuses_fresh_role or held.refuses_fresh_access)
    told = _("Refused") if refused else _("Told beside the signature")
    return listed([told, _("qualification asked")]) if held and held.qualified_meanings else told


def site(code: str) -> Site:
    found = Site.objects.filter(code=code).first()
    if found is None:
        raise Missing(_("There is no site %(code)s.") % {"code": code})
    return found


OPEN, RETIRED = Mark("open", gettext_lazy("In use"), "success"), Mark("retired", gettext_lazy("Retired"), "muted")


def compartment(code: str) -> Compartment:
    found = Compartment.objects.filter(code=code).first()
    if found is None:
        raise Missing(_("There is no compartment %(code)s.") % {"code": code})
    return found


def compartment_mark(row: Compartment) -> Mark:
    return RETIRED if row.retired_at else OPEN


def admitted(row: Compartment) -> list[User]:
    return [each.user for each in compartments.admitted(row)]
