"""Steps that a duty closes to some people, on records of the plant: who took part before, and who is left to do it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from ncr import actions as ncr
from ncr.models import Nonconformance
from qms.accounts.models import User
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.retention.models import Disposal
from tests.factories import Factory, person, signing

from .plant import Plant

TEN = Decimal(10)


@dataclass(frozen=True)
class Case:
    """`barred`: user ids of those who began, approved or did what the step is about; `free`: somebody who may take it."""

    record: Any
    name: str
    barred: tuple[str, ...]
    free: str

    @property
    def step(self) -> Any:
        return type(self.record).workflow.transition(self.name)

    def __str__(self) -> str:
        return f"{self.record.number} {self.name}"


def cases(plant: Plant, make: Factory) -> Iterator[Case]:
    """Reported by inspector, proposed by engineer, signed by mrb1, mrb2 and designer."""
    home = plant.home[Nonconformance]
    yield Case(home["IN_MRB"], "approve", ("inspector", "engineer"), "mrb1")
    half = make.ncr(state="IN_MRB")
    half = ncr.approve(ncr=half, by=person("mrb1"), signing=signing(person("mrb1")))
    yield Case(half, "approve", ("inspector", "engineer", "mrb1"), "mrb2")
    yield Case(home["VERIFICATION"], "close", ("inspector", "engineer", "mrb1", "mrb2", "designer"), "supervisor")
    yield Case(make.ncr(state="IN_MRB", held=False), "waive", ("inspector", "engineer"), "supervisor")
    yield Case(_reworked(make), "reinspect", ("inspector", "engineer", "operator"), "manager")
    for name in ("skip-posting", "record-document"):
        yield Case(_refused_by_erp(make), name, ("engineer",), "manager")
    yield Case(plant.home[Disposal]["PROPOSED"], "approve", ("documents",), "manager")
    yield Case(_of("Mapping", plant)["TESTED"], "approve", ("integration",), "manager")
    yield Case(_of("Matrix", plant)["DRAFT"], "approve", ("integration",), "manager")
    others = tuple(sorted(_holders() - {"security"}))
    yield Case(_of("TrailReview", plant)["IN_REVIEW"], "sign", others[:4], "security")


def _of(name: str, plant: Plant) -> dict[str, Any]:
    return next(states for model, states in plant.home.items() if model.__name__ == name)


def _holders() -> set[str]:
    at_home = Q(grants__site__code="AUG") | Q(grants__site=None, grants__isnull=False)
    return set(User.objects.filter(at_home, kind=User.PERSON).values_list("username", flat=True))


def _reworked(make: Factory) -> Nonconformance:
    record = ncr.execute(ncr=make.decided(ncr.Line("rework", TEN, "re-bore, inspect H7")), by=person("engineer"))
    return ncr.rework(ncr=record, by=person("operator"), note="re-bored")


def _refused_by_erp(make: Factory) -> Nonconformance:
    record = make.ncr(state="IN_EXECUTION")
    for posting in Posting.objects.of(record).unfinished():
        commands.mark_failed(posting=commands.mark_sent(posting=posting), code="refused", problem="no stock")
    return make.fresh(record)
