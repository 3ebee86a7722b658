"""A story told by the real acts, each by somebody who may.

Postings are answered by a stand-in until a real ERP is connected; their document numbers begin with DEMO.
"""

from datetime import timedelta
from decimal import Decimal

from ncr import actions as ncr
from ncr.models import DefectCode, Nonconformance
from qms.accounts.models import User
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.masterdata.models import Item, Lot
from qms.records import actions as records
from qms.records.actions import Signing

from ..cast import PASSWORD
from .stories import Story, Team

WAY = ("OPEN", "IN_REVIEW", "IN_MRB", "DISPOSITIONED", "IN_EXECUTION", "VERIFICATION", "CLOSED")


def person(username: str) -> User:
    return User.objects.get(username=username)


def signing(user: User, sentence: str) -> Signing:
    return Signing(username=user.username, password=PASSWORD, sentence=sentence)


def line(kind: str, quantity: str, instruction: str, more: str = "") -> ncr.Line:
    """`more`: the part that a regrade makes of it, or the supplier's number of a return."""
    part = Item.objects.live().get(number=more) if kind == "regrade" else None
    reference = more if kind == "return_to_supplier" else ""
    return ncr.Line(kind, Decimal(quantity), instruction, item=part, return_reference=reference)


class Teller:
    """One story with the people of its site."""

    def __init__(self, story: Story, team: Team) -> None:
        self.story, self.team = story, team
        self.engineer = person(team.engineer)

    @property
    def ncr(self) -> Nonconformance:
        return Nonconformance.objects.get(pk=self.key)

    def tell(self) -> None:
        self.key = self.report().pk
        state = self.story.state
        if state == "CANCELLED":
            ncr.cancel(ncr=self.ncr, by=person(self.team.manager), reason=self.team.cancelled)
        elif state == "CONTAINED":
            self.hold()
        elif state in WAY:
            self.walk(state)
        elif state == "VOID":
            self.walk("DISPOSITIONED")
            manager = person(self.team.manager)
            signed = signing(manager, self.team.void_signed)
            ncr.void(ncr=self.ncr, by=manager, reason=self.team.void, signing=signed)
        for username, text in self.story.comments:
            records.comment(record=self.ncr, text=text, by=person(username))

    def report(self) -> Nonconformance:
        lot = Lot.objects.live().get(number=self.story.lot)
        return ncr.report(
            by=person(self.team.reporter),
            part=lot.item,
            lot=lot,
            quantity=Decimal(self.story.quantity),
            defect_code=DefectCode.objects.get(code=self.story.code),
            description=self.story.found,
            occurred_at=now() - timedelta(hours=self.story.hours),
            draft=self.story.state == "DRAFT",
        )

    def walk(self, state: str) -> None:
        steps = (self.review, self.propose, self.sign, self.execute, self.finish, self.close)
        for step in steps[: WAY.index(state)]:
            step()

    def hold(self) -> None:
        ncr.request_hold(ncr=self.ncr, by=self.engineer, reason=self.team.hold)
        self.answer()

    def answer(self) -> None:
        """The stand-in for the ERP: says so in its document numbers."""
        for posting in Posting.objects.of(self.ncr).unfinished():
            sent = commands.mark_sent(posting=posting)
            commands.mark_posted(posting=sent, document_number=f"DEMO-{posting.pk:04d}", document_id="", read_back="{}")

    def review(self) -> None:
        if self.story.is_held:
            self.hold()
        ncr.start_review(ncr=self.ncr, by=self.engineer)

    def propose(self) -> None:
        ncr.disposition(ncr=self.ncr, lines=[line(*told) for told in self.story.plan], by=self.engineer)
        ncr.send_to_mrb(ncr=self.ncr, by=self.engineer)

    def sign(self) -> None:
        for username in self.team.board:
            record, user = self.ncr, person(username)
            if record.state == "IN_MRB":
                ncr.approve(ncr=record, by=user, signing=signing(user, self.team.approve % record.number))
        if self.story.state != "VOID" and not self.story.is_held:
            user = person(self.team.supervisor)
            ncr.waive(ncr=self.ncr, by=user, reason=self.team.waiver, signing=signing(user, self.team.waiver))

    def execute(self) -> None:
        ncr.execute(ncr=self.ncr, by=self.engineer)

    def finish(self) -> None:
        """Rework with its re-inspection, what the ERP posts, and the marking of scrap."""
        if self.ncr.to_rework():
            for result in ("failed", "passed") if self.story.failed_first else ("passed",):
                self.rework(result)
        self.answer()
        while any(line.lacks_evidence for line in self.ncr.current_lines()):
            ncr.evidence(ncr=self.ncr, by=self.engineer, evidence=self.team.marked)

    def rework(self, result: str) -> None:
        ncr.rework(ncr=self.ncr, by=person(self.team.rework), note=self.story.plan[0][2])
        judge, reference = person(self.team.inspector), f"CMM {self.story.lot}-{self.ncr.version}"
        signed = signing(judge, f"{self.ncr.number} {reference}: {result}")
        ncr.reinspect(ncr=self.ncr, by=judge, result=result, reference=reference, signing=signed)

    def close(self) -> None:
        user = person(self.team.supervisor)
        ncr.close(ncr=self.ncr, by=user, signing=signing(user, self.team.verify % self.ncr.number))
