"""One run: every object of the interface, then postings and holds; what was compared to its end is registered."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors.base import ConnectorError, Permanent
from connectors.models import ReconcileRun
from connectors.models.reconcile import HOLDS, POSTINGS
from qms import journal
from qms.lib.clock import now

from . import holds, mirrored, postings, register
from .seen import Count, Other, Seen

RECONCILER = journal.Actor(id="system:reconcile", name="Reconciliation")
STOCK = "stock"


class Comparing:
    """A run while it goes on."""

    def __init__(self, run: ReconcileRun, other: Other, by: Any) -> None:
        self.run, self.other, self.by = run, other, by
        self.source, self.began = run.interface.code, now()
        self.seen: list[Seen] = []
        self.counts: list[Count] = []
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.whole: set[str] = set()  # objects that were compared to their end
        self.cut: set[str] = set()  # objects with more differences than a run keeps
        self.quarantine = holds.Quarantine()
        self.reconciled = 0

    def carry_out(self) -> None:
        ReconcileRun.objects.filter(pk=self.run.pk).update(started_at=Now(), beat_at=Now())
        self.run.started_at = self.began
        try:
            for object in self.other.objects:
                self._step(object, self._object)
            self._step(POSTINGS, self._postings)
            if self.quarantine.was_heard:
                self._step(HOLDS, self._holds)
        except ConnectorError as problem:  # the other side is away: what was compared counts, the rest comes next time
            self.problems.append(problem.message)
        self._finish()

    def beat(self) -> None:
        ReconcileRun.objects.filter(pk=self.run.pk).update(beat_at=Now())

    def _step(self, name: str, compare: Any) -> None:
        """Permanent: this object only; the account may lack one right."""
        ReconcileRun.objects.filter(pk=self.run.pk).update(doing=name, beat_at=Now())
        try:
            compare(name)
        except Permanent as problem:
            self.problems.append(f"{name}: {problem.message}")

    def _keep(self, seen: list[Seen], counts: list[Count]) -> None:
        self.seen += seen
        self.counts += counts
        self.whole |= {count.object for count in counts}

    def _object(self, object: str) -> None:
        hear = self.quarantine.hear if object == STOCK else lambda rows: None
        seen, counts = mirrored.compare(
            source=self.source, other=self.other, object=object, began=self.began, beat=self.beat, hear=hear
        )
        self._keep(seen, counts)
        if len(seen) >= mirrored.MOST:
            words = {"object": object, "most": mirrored.MOST}
            self.notes.append(
                _("%(object)s: more than %(most)s differences. These are listed; none of the older ones was closed.")
                % words
            )
            self.cut.add(object)

    def _postings(self, _name: str) -> None:
        if not self.other.tells_documents:
            self.notes.append(
                _("Postings: this connector cannot list documents by our references, so they were not compared.")
            )
            return
        seen, counts, good = postings.compare(source=self.source, other=self.other, now=now())
        self._keep(seen, counts)
        self.reconciled = postings.confirm(good)

    def _holds(self, _name: str) -> None:
        self._keep(*holds.compare(source=self.source, quarantine=self.quarantine))

    def _finish(self) -> None:
        run = self.run
        run.compared = sum(max(count.here, count.there) for count in self.counts)
        done = register.settle(run=run, seen=self.seen, objects=self.whole, cut=self.cut, by=self.by)
        ReconcileRun.objects.filter(pk=run.pk).update(
            counts=[count.plain() for count in self.counts], compared=run.compared, found=len(self.seen),
            opened=done.opened + done.reopened, closed=done.closed, problem="\n".join(self.problems),
            note="\n".join(self.notes), finished_at=Now(), doing="",
        )  # fmt: skip
        run.refresh_from_db()


def carry_out(*, run: ReconcileRun, other: Other, by: Any = RECONCILER) -> ReconcileRun:
    Comparing(run, other, by).carry_out()
    return run
