from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    CRITICAL = "critical", _("Critical")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")


class Origin(models.TextChoices):
    MES = "mes", _("MES")
    PERSON = "person", _("Person")
    RECEIVING = "receiving", _("Receiving inspection")


class Disposition(models.TextChoices):
    """AS9100D 8.7; the set grows with the dispositions issue."""

    USE_AS_IS = "use_as_is", _("Use as is")
    SCRAP = "scrap", _("Scrap")


class Slot(models.TextChoices):
    """Who must sign a disposition."""

    MRB = "mrb", _("MRB member")
    DESIGN = "design", _("Design authority")


ROLE_OF = {Slot.MRB: "mrb_member", Slot.DESIGN: "design_authority"}
MEANING_OF = {Slot.MRB: "approved_mrb", Slot.DESIGN: "approved_design"}


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
