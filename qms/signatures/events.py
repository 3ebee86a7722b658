from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Signed:
    number: str
    version: int
    meaning: str
    digest: str
    sentence: str
    language: str
    signature: str


@dataclass(frozen=True)
class Refused:
    number: str
    meaning: str
    why: str


@dataclass(frozen=True)
class SteppedUp:
    """What the provider said of the sign-in: who, when (its own clock, UTC), how strongly and by which means."""

    number: str
    meaning: str
    issuer: str
    subject: str
    auth_time: str
    acr: str
    amr: str


@dataclass(frozen=True)
class Agreed:
    edition: int
    language: str
    sha256: str


@dataclass(frozen=True)
class Withdrawn:
    number: str
    version: int
    meaning: str
    sentence: str
    signature: str


REASONS = (
    (
        "why",
        (
            ("credentials", _("user id, password or one-time code is wrong")),
            ("components", _("not every component was given")),
            ("agreement", _("the agreement on electronic signatures is missing")),
            ("not_a_person", _("only people sign")),
            ("step_up", _("the sign-in at the identity provider does not belong to this signing")),
            ("fresh_role", _("the role was granted less than 24 hours ago")),
            ("one_time_password", _("a one-time password was set less than 24 hours ago")),
            ("bound_lately", _("the binding to the identity provider is less than 24 hours old")),
            ("password_given", _("the password is known to somebody else")),
            ("unqualified", _("no current qualification for this meaning")),
        ),
    ),
)


@dataclass(frozen=True)
class RuleSet:
    site: str
    refuses_fresh_role: bool
    refuses_fresh_access: bool
    qualified_meanings: list[str]
    supplier_block_by_two: bool = False


SIGNED = Event("signature.made", _("Signed version %(version)s: %(sentence)s"), Signed)
REFUSED = Event("signature.refused", _("A signing was refused (%(why)s)."), Refused, words=REASONS)
AGREED = Event("signature.agreed", _("Agreed to edition %(edition)s of the text on electronic signatures."), Agreed)
STEPPED_UP = Event("signature.stepped_up", _("Signed in anew at %(issuer)s to sign %(number)s."), SteppedUp)
WITHDRAWN = Event("signature.withdrawn", _("Withdrew the signature under version %(version)s: %(sentence)s"), Withdrawn)
RULE_SET = Event("signature.rule_set", _("The signing rule of %(site)s was set."), RuleSet)
