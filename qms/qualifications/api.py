"""REST of qualifications: the same acts as the buttons."""

from qms.api.records import RecordApi, Step

from . import actions, serializers, tables
from .models import Qualification
from .workflow import MANAGE

QUALIFICATIONS = RecordApi(
    name="qualifications",
    model=Qualification,
    listing=tables.QUALIFICATIONS,
    detail=serializers.QualificationShown,
    related=("site", "person", "created_by"),
    create=Step(actions.qualify, serializers.QualifyBody, permission=MANAGE),
    steps={name: Step(act) for name, act in actions.QUALIFICATION_STEPS.items()},
)

urlpatterns = QUALIFICATIONS.urls()
