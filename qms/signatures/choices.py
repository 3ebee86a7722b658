from django.db import models
from django.utils.translation import gettext_lazy as _


class Meaning(models.TextChoices):
    """What a signature means (21 CFR 11.50(a)(3))."""

    APPROVED = "approved", _("Approved")
    AGREED = "agreed", _("Agreed that electronic signatures bind")
    APPROVED_MRB = "approved_mrb", _("Approved for the MRB")
    APPROVED_DESIGN = "approved_design", _("Approved as design authority")
    WAIVED = "waived", _("Waived, taking responsibility")
    VERIFIED = "verified", _("Verified and closed")
    VOIDED = "voided", _("Declared void")
    REINSPECTED = "reinspected", _("Re-inspected after rework or repair")
    REOPENED = "reopened", _("Reopened")
    SKIPPED = "skipped", _("Posting skipped, taking responsibility")
    REVIEWED = "reviewed", _("Reviewed")
    DISPOSAL_PROPOSED = "disposal_proposed", _("Disposal proposed")
    DISPOSAL_APPROVED = "disposal_approved", _("Disposal approved")
    USAGE_DECISION = "usage_decision", _("Decided what becomes of the inspected lot")
    RECORDED = "recorded", _("Recorded what was posted in the ERP by hand")


class Component(models.TextChoices):
    """What a person gives to sign (21 CFR 11.200(a)(1))."""

    USER_ID = "user_id", _("user id")
    PASSWORD = "password", _("password")
    CODE = "code", _("one-time code")
    STEP_UP = "step_up", _("a fresh sign-in at the identity provider")


class Flag(models.TextChoices):
    """What an auditor should look at once more."""

    ONE_TIME_PASSWORD = "one_time_password", _("Within 24 hours of a one-time password set by somebody else")
    FRESH_ROLE = "fresh_role", _("Within 24 hours of being granted the role")
    BOUND_LATELY = "bound_lately", _("Within 24 hours of being bound to the identity provider by somebody else")
