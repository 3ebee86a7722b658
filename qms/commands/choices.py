from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    HOLD = "HOLD", _("Hold")
    RELEASE = "RELEASE", _("Release")
    SCRAP = "SCRAP", _("Scrap")
    RETURN = "RETURN", _("Return to supplier")
    REGRADE = "REGRADE", _("Regrade")
    REVERSAL = "REVERSAL", _("Reversal")
    BLOCK = "BLOCK", _("Block the supplier")
    UNBLOCK = "UNBLOCK", _("Lift the block of the supplier")
    DECISION = "DECISION", _("Usage decision")
    SHIP_BLOCK = "SHIP_BLOCK", _("Block the shipment")
    SHIP_RELEASE = "SHIP_RELEASE", _("Release the shipment")


# What is set on a supplier, a lot or a shipment instead of moved: the adapter's word for it. Setting it twice is setting it once.
MARKS = {Kind.BLOCK: "supplier_block", Kind.UNBLOCK: "supplier_block", Kind.DECISION: "usage_decision",
         Kind.SHIP_BLOCK: "shipment_block", Kind.SHIP_RELEASE: "shipment_block"}  # fmt: skip
SHIPMENTS = (Kind.SHIP_BLOCK, Kind.SHIP_RELEASE)
LIFTS = (Kind.UNBLOCK, Kind.SHIP_RELEASE)  # what takes a mark away again


# Answers that leave open what stands in the ERP, or that ask for what it cannot do: a person decides, not a retry.
AMBIGUOUS = frozenset({"unsupported", "differs", "duplicate_reference", "reference_conflict", "needs_person"})

# What a permanent refusal means and what to do, by the adapter's code; the ERP's own words stand beside it.
EXPLANATIONS = {
    "not_enough_stock": _(
        "The ERP has not enough of this lot in the place it should come from. Correct the stock there, then retry."
    ),
    "refused": _("The ERP refused the movement. Its own words say why; correct the cause there, then retry."),
    "needs_person": _("The ERP wants a person to decide first. Finish the document there, then retry."),
    "reference_conflict": _("A document with this reference says something else. Compare both before you retry."),
    "duplicate_reference": _("Two documents carry this reference. Cancel one in the ERP, then retry."),
    "differs": _("What stands in the ERP is not what was asked. Compare both before you retry."),
    "not_signed_in": _("The ERP does not accept our account. Renew the credentials of the interface, then retry."),
    "not_allowed": _("Our account lacks a right in the ERP. Grant it there, then retry."),
    "not_found": _("The ERP does not know the part, lot or place any more. Synchronise, then decide."),
    "quantity": _("The ERP's unit does not take this quantity. Its number of decimal places is too small."),
    "unsupported": _(
        "This ERP does not take such a movement from us. Post it there by hand, then record its document number here."
    ),
    "settings": _("The interface's settings are incomplete. The integration owner must correct them."),
}


class Ask(models.TextChoices):
    """What is asked of a MES or the shop floor (integration-mes.md §8)."""

    HOLD = "hold", _("Hold")
    RELEASE = "release", _("Release")
    INSTRUCTION = "special_instruction", _("Special instruction")
    INSPECT = "inspect_sample", _("Inspect a sample")
    SORT = "sort", _("Sort")
    QUARANTINE = "quarantine", _("Quarantine")
    STOP = "stop_operation", _("Stop the operation")


# What a person asks of the shop floor from a record; holds and releases follow from holds.
ASKED_BY_PEOPLE = (Ask.INSTRUCTION, Ask.INSPECT, Ask.SORT, Ask.STOP)
ASK_CHOICES = [(kind.value, kind.label) for kind in ASKED_BY_PEOPLE]
# Of these the target tells what it found, and suspect = segregated + shipped + scrapped + not found (integration-mes.md §8).
COUNTED_ASKS = (Ask.HOLD, Ask.RELEASE, Ask.QUARANTINE)
# What a system may report by itself, so that the command is verified without a person.
READ_BACK = (Ask.HOLD, Ask.RELEASE, Ask.QUARANTINE)


class Verification(models.TextChoices):
    PERSON = "person", _("By a person")
    READ_BACK = "read_back", _("Automatic read-back")


# An instruction is confirmed when somebody there has read it; everything else when it is done.
READ_IS_ENOUGH = (Ask.INSTRUCTION,)

# Minutes that the target has for the next step, from each state; a critical command gets a quarter.
DEADLINES = {
    "REQUESTED": 3,
    "DELIVERED": 15,
    "ACKNOWLEDGED": 240,
    "PARTIAL": 240,
    "CANCEL_REQUESTED": 15,
    "EXECUTED": 1440,
}
SHORTEST_MINUTES = 2  # a system that asks once a minute must be able to keep it
ESCALATION = ("owner", "supervisor", "quality_manager")
