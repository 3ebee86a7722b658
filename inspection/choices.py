"""Words of measurements and of inspection plans."""

from enum import IntFlag

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Verdict(models.TextChoices):
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    ERROR = "error", _("Test not valid")


class Doubt(IntFlag):
    """What is odd about a value that was kept all the same; one with a doubt is left out of statistics."""

    SENSOR = 1
    LIMITS = 2
    AHEAD = 4
    LATE = 8
    NAIVE = 16


DOUBTS = {
    Doubt.SENSOR: ("sensor_code", _("This looks like a code of the sensor, not like a value.")),
    Doubt.LIMITS: ("limits_reversed", _("The lower limit lies above the upper one; neither counts.")),
    Doubt.AHEAD: ("time_ahead", _("The time lies ahead of ours; compare the clocks (GET mes/time).")),
    Doubt.LATE: ("time_late", _("The value arrived more than a day after it was measured.")),
    Doubt.NAIVE: ("time_without_offset", _("The time came without an offset; it was read in the interface's zone.")),
}
# Of the value as such. Late, without limits, or read in the interface's zone, it counts nonetheless.
SPOILT = Doubt.SENSOR | Doubt.AHEAD
# Such a value lies outside of nothing: it is none, or its limits are none.
UNJUDGED = SPOILT | Doubt.LIMITS

# Why a value could not be kept as one: it stands in its message only.
REJECTIONS = {
    "not_a_number": _("This is no number."),
    "not_a_time": _("This is no time."),
    "out_of_range": _("The number is too large or too small to be a measured value."),
}


def doubts(flags: int) -> list[tuple[str, str]]:
    """(code, sentence) of each."""
    return [(code, str(text)) for doubt, (code, text) in DOUBTS.items() if flags & doubt]


class InspectionKind(models.TextChoices):
    """When an inspection happens; a pre-shipment recheck and a first piece are kinds of their own, not a final inspection."""

    INCOMING = "incoming", _("Incoming inspection")
    IN_PROCESS = "in_process", _("In-process inspection")
    FINAL = "final", _("Final inspection")
    PRE_SHIPMENT = "pre_shipment", _("Pre-shipment recheck")
    FIRST_PIECE = "first_piece", _("First-piece inspection")
    CUSTOMER_RETURN = "customer_return", _("Inspection of a return")


class Scheme(models.TextChoices):
    Z14_SINGLE = "z14_single", _("ANSI/ASQ Z1.4 (ISO 2859-1), single")
    Z14_DOUBLE = "z14_double", _("ANSI/ASQ Z1.4 (ISO 2859-1), double")
    Z19 = "z19", _("ANSI/ASQ Z1.9, s-method")
    C0 = "c0", _("C = 0")
    FIXED = "fixed", _("Fixed number")
    PERCENT = "percent", _("Percentage")
    ALL = "all", _("100 %")


TABLES = (Scheme.Z14_SINGLE, Scheme.Z14_DOUBLE, Scheme.Z19)  # need level and AQL, and can be switched


class Switching(models.TextChoices):
    NONE = "none", _("no switching")
    ISO = "iso", _("ISO 2859-1, by switching score")
    ANSI = "ansi", _("ANSI/ASQ Z1.4, by limit numbers")


class Skipping(models.TextChoices):
    """Which lots of a part from a supplier are inspected at all, once enough were accepted in a row."""

    NONE = "none", _("every lot is inspected")
    SKIP_LOT = "skip_lot", _("skip-lot: a drawn fraction is inspected")
    DOCK = "dock", _("dock-to-stock: audit lots only")


class SkipMode(models.TextChoices):
    EVERY = "every_lot", _("Every lot")
    SKIP = "skip_lot", _("Lots are skipped")


class StockMode(models.TextChoices):
    QUARANTINE = "quarantine", _("Stock waits in quarantine for the decision")
    BLOCK = "block", _("The next step is blocked until the decision")
    WARN = "warn", _("Only a warning until the decision")


class DecisionRule(models.TextChoices):
    SIMPLE = "simple", _("simple acceptance")
    GUARD_BAND = "guard_band", _("guard band by uncertainty (ISO 14253-1)")


class CharacteristicKind(models.TextChoices):
    VARIABLE = "variable", _("Variable (measured)")
    ATTRIBUTE = "attribute", _("Attribute (pass or fail)")
    CHOICE = "choice", _("Coded choice")
    VISUAL = "visual", _("Visual")
    COMPUTED = "computed", _("Computed")


NUMERIC = (CharacteristicKind.VARIABLE, CharacteristicKind.COMPUTED)


class Importance(models.TextChoices):
    CRITICAL = "critical", _("Critical")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")


class OwnSample(models.TextChoices):
    INHERIT = "inherit", _("as the plan")
    FIXED = "fixed", _("fixed number")
    ALL = "all", _("100 %")
    OWN = "own", _("own AQL")


class Geometric(models.TextChoices):
    """The fourteen geometric characteristics of ISO 1101 and ASME Y14.5."""

    STRAIGHTNESS = "straightness", _("Straightness")
    FLATNESS = "flatness", _("Flatness")
    CIRCULARITY = "circularity", _("Circularity")
    CYLINDRICITY = "cylindricity", _("Cylindricity")
    LINE_PROFILE = "line_profile", _("Profile of a line")
    SURFACE_PROFILE = "surface_profile", _("Profile of a surface")
    ANGULARITY = "angularity", _("Angularity")
    PERPENDICULARITY = "perpendicularity", _("Perpendicularity")
    PARALLELISM = "parallelism", _("Parallelism")
    POSITION = "position", _("Position")
    CONCENTRICITY = "concentricity", _("Concentricity")
    SYMMETRY = "symmetry", _("Symmetry")
    CIRCULAR_RUNOUT = "circular_runout", _("Circular run-out")
    TOTAL_RUNOUT = "total_runout", _("Total run-out")


FORMS = (Geometric.STRAIGHTNESS, Geometric.FLATNESS, Geometric.CIRCULARITY, Geometric.CYLINDRICITY)  # without a datum


class Modifier(models.TextChoices):
    MAXIMUM = "M", _("maximum material")
    LEAST = "L", _("least material")
    PROJECTED = "P", _("projected zone")
    FREE = "F", _("free state")
    ENVELOPE = "E", _("envelope")
    TANGENT = "T", _("tangent plane")


class LotVerdict(models.TextChoices):
    """Computed from the readings; what is done with the lot is decided apart from it (features.md row 38)."""

    ACCEPTED = "accepted", pgettext_lazy("inspection", "Accepted")
    REJECTED = "rejected", _("Not accepted")


class ReadingVerdict(models.TextChoices):
    PASSED = "passed", _("Conforms")
    FAILED = "failed", _("Does not conform")
    UNCLEAR = "unclear", _("Not decidable within the uncertainty")


class Severity(models.TextChoices):
    """Of a sampling plan (GB/T 2828.1: 正常, 加严, 放宽)."""

    NORMAL = "normal", _("Normal inspection")
    TIGHTENED = "tightened", _("Tightened inspection")
    REDUCED = "reduced", _("Reduced inspection")


class Usage(models.TextChoices):
    """What becomes of a part of the lot, in words of no particular ERP."""

    UNRESTRICTED = "unrestricted", _("Unrestricted use")
    BLOCKED = "blocked", _("Blocked")
    REWORK = "rework", _("Rework")
    SCRAP = "scrap", _("Scrap")
    RETURN = "return", _("Return to supplier")
    SAMPLE = "sample", _("Used up as sample")


# Kept back until the nonconformance that they raise decides about them.
KEPT_BACK = (Usage.BLOCKED, Usage.REWORK)
NOT_GOOD = (*KEPT_BACK, Usage.SCRAP, Usage.RETURN)


class CertificateKind(models.TextChoices):
    """What a supplier proves with a delivery."""

    COC = "coc", _("Certificate of conformance (CoC)")
    COA = "coa", _("Certificate of analysis (CoA)")
    MATERIAL = "material", _("Material or mill certificate")
    PROCESS = "process", _("Special process")
    CALIBRATION = "calibration", _("Calibration certificate")
    OTHER = "other", _("Other certificate")


class LotOrigin(models.TextChoices):
    PERSON = "person", _("A person")
    RECEIPT = "receipt", _("Goods receipt in the ERP")
    TRIGGER = "trigger", _("A trigger of the plan")


class Occasion(models.TextChoices):
    """What begins an inspection by itself. A plan may name several; an incoming inspection that names none waits for receipts."""

    RECEIPT = "receipt", _("Goods receipt in the ERP")
    PRODUCTION = "production", _("Production receipt: the ERP has the finished order in stock")
    RETURN = "return", _("Return of a customer, received in the ERP")
    SHIPMENT = "shipment", _("Shipment in the ERP, before it leaves")
    START = "start", _("Start of the operation in the MES")
    COMPLETE = "complete", _("End of the operation in the MES")
    PIECES = "pieces", _("Every N pieces of the operation in the MES")
    SETUP = "setup", _("After set-up: the MES says that it is completed, or the work center begins another job")
    RECURRING = "recurring", _("At an interval")
    REWORK = "rework", _("Rework or repair of a nonconformance, once the work is done")


OF_OPERATIONS = (Occasion.START, Occasion.COMPLETE, Occasion.PIECES, Occasion.SETUP)


class Turn(models.TextChoices):
    """What happened to a sampling sequence."""

    LOT = "lot", _("Lot decided")
    AUTHORISED = "authorised", _("Reduced inspection authorised")
    IRREGULAR = "irregular", _("Production became irregular")
    RESUMED = "resumed", _("Inspection resumed")
    SKIPPED = "skipped", _("Lot skipped")
    RETURNED = "returned", _("Every lot again")


class FileName(models.TextChoices):
    """Where a name stands that a saved mapping explains."""

    RESULTS = "results", _("files of results")
    COLUMNS = "columns", _("columns of a table of characteristics")


class ChartKind(models.TextChoices):
    """Control charts of measured values."""

    I_MR = "i_mr", _("Single values and moving ranges (I-MR)")
    X_R = "x_r", _("Means and ranges (X̄-R)")
    X_S = "x_s", _("Means and standard deviations (X̄-S)")


class ControlKind(models.TextChoices):
    """Control charts that are kept: their limits are frozen and judge what comes."""

    I_MR = "i_mr", _("Single values and moving ranges (I-MR)")
    X_R = "x_r", _("Means and ranges (X̄-R)")
    X_S = "x_s", _("Means and standard deviations (X̄-S)")
    EWMA = "ewma", _("Exponentially weighted means (EWMA)")
    CUSUM = "cusum", _("Cumulative sums (CUSUM)")
    P = "p", _("Share of nonconforming units (p)")
    NP = "np", _("Number of nonconforming units (np)")
    C = "c", _("Number of nonconformities (c)")
    U = "u", _("Nonconformities per unit (u)")


class ChartSource(models.TextChoices):
    MEASUREMENTS = "measurements", _("Measurements and process parameters of machines")
    READINGS = "readings", _("Readings of inspections")
    LOTS = "lots", _("Results of inspected lots")


# Whose goods a customer may get; what is inspected amid production or as first piece is none yet.
CERTIFIABLE = (
    InspectionKind.FINAL, InspectionKind.PRE_SHIPMENT, InspectionKind.INCOMING, InspectionKind.CUSTOMER_RETURN
)  # fmt: skip
