"""What happens to studies of measurement systems."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class StudyTold:
    """`grade`: good, conditional or poor; `percent`: total gauge R&R, "" for other kinds; `ndc`: distinct categories."""

    study: str
    gauge: str
    asset: str
    kind: str
    grade: str
    percent: str
    ndc: int | None


RECORDED = Event("msastudy.recorded", _("Study of the measurement system of %(asset)s recorded."), StudyTold)
EDITED = Event("msastudy.edited", _("Study of the measurement system of %(asset)s changed."), StudyTold)
APPROVED = Event("msastudy.approved", _("Study of the measurement system of %(asset)s concluded."), StudyTold)
CANCELLED = Event("msastudy.cancelled", _("Study of the measurement system of %(asset)s cancelled."), StudyTold)
