from django.db import models
from django.utils.translation import gettext_lazy as _


class Meaning(models.TextChoices):
    """What a signature means (21 CFR 11.50(a)(3))."""

    APPROVED_MRB = "approved_mrb", _("Approved for the MRB")
    APPROVED_DESIGN = "approved_design", _("Approved as design authority")
    WAIVED = "waived", _("Waived, taking responsibility")
    VERIFIED = "verified", _("Verified and closed")
    VOIDED = "voided", _("Declared void")
    REINSPECTED = "reinspected", _("Re-inspected after rework or repair")
    REOPENED = "reopened", _("Reopened")
    SKIPPED = "skipped", _("Posting skipped, taking responsibility")
    RECORDED = "recorded", _("Recorded what was posted in the ERP by hand")
