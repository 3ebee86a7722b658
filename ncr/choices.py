from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.commands.choices import Kind


class Severity(models.TextChoices):
    CRITICAL = "critical", _("Critical")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")


class Origin(models.TextChoices):
    MES = "mes", _("MES")
    PERSON = "person", _("Person")
    RECEIVING = "receiving", _("Receiving inspection")
    IMPORT = "import", _("Import from another system")


class Disposition(models.TextChoices):
    """AS9100D 8.7. Rework makes it conform, repair makes it usable: the second departs from the requirement."""

    USE_AS_IS = "use_as_is", _("Use as is")
    REWORK = "rework", _("Rework")
    REPAIR = "repair", _("Repair")
    SCRAP = "scrap", _("Scrap")
    RETURN = "return_to_supplier", _("Return to supplier")
    REGRADE = "regrade", _("Regrade")


class Slot(models.TextChoices):
    """Who must sign a disposition."""

    MRB = "mrb", _("MRB member")
    DESIGN = "design", _("Design authority")


ROLE_OF = {Slot.MRB: "mrb_member", Slot.DESIGN: "design_authority"}
MEANING_OF = {Slot.MRB: "approved_mrb", Slot.DESIGN: "approved_design"}


@dataclass(frozen=True)
class Rule:
    """What a disposition asks for before it may be executed, and before its line counts as done (features.md row 4)."""

    moves: Kind  # what the ERP is asked to post for it
    departs: bool = (
        False  # from the requirement: the design authority signs, and the customer where the contract says so
    )
    instructed: bool = False  # a written instruction
    reinspected: bool = False  # a passing re-inspection after the work
    marked: bool = False  # evidence of mutilation or marking
    renamed: bool = False  # names the new item
    supplied: bool = False  # names the supplier

    @property
    def leaves(self) -> bool:
        """The stock is gone for good (or is another item): what an earlier edition posted is not posted again."""
        return self.moves != Kind.RELEASE


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        Disposition.USE_AS_IS: Rule(Kind.RELEASE, departs=True),
        Disposition.REWORK: Rule(Kind.RELEASE, instructed=True, reinspected=True),
        Disposition.REPAIR: Rule(Kind.RELEASE, departs=True, instructed=True, reinspected=True),
        Disposition.SCRAP: Rule(Kind.SCRAP, marked=True),
        Disposition.RETURN: Rule(Kind.RETURN, supplied=True),
        Disposition.REGRADE: Rule(Kind.REGRADE, renamed=True),
    }
)


class Result(models.TextChoices):
    """Of a re-inspection."""

    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")


class Effect(models.TextChoices):
    NO_USE = "no_use", _("No use")
    NO_MOVE = "no_move", _("No move")
    NO_SHIP = "no_ship", _("No shipment")


class Containment(models.TextChoices):
    """Computed from holds and their postings, never stored (contract.md)."""

    NONE = "none", _("None")
    REQUESTED = "requested", _("Requested")
    PARTLY = "partly", _("Partly confirmed")
    CONFIRMED = "confirmed", _("Confirmed")
    WAIVED = "waived", _("Waived (signed)")
    BREACHED = "breached", _("Breached")
