"""The demo plant: people, master data, and NCRs that walked the real acts into every state.

Postings of these are answered by a stand-in until a real ERP is connected; their document numbers begin with DEMO.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import translation

from ncr import actions as ncr
from ncr.models import DefectCode, Nonconformance
from qms.accounts.models import User
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.masterdata.models import Item, Lot
from qms.records import actions as records
from qms.records.actions import Signing

from .cast import PASSWORD

# (state, lot, code, quantity, scrap of it, what was found, age in hours)
STORIES: tuple[tuple[str, str, str, str, str, str, int], ...] = (
    ("CLOSED", "LOT-26-0101", "DIM-OUT", "12", "4", "Bore ⌀12 H7 measured 12.031 to 12.036 on 12 of 100 pieces.", 620),
    ("VOID", "LOT-26-0102", "MARK", "5", "5", "Data matrix unreadable; the wrong lot was named.", 500),
    ("CANCELLED", "LOT-26-0101", "SURF-BUR", "3", "3", "Burrs at the cross hole.", 430),
    ("VERIFICATION", "LOT-26-0103", "SURF-SCR", "8", "2", "Scratches on the sealing face after deburring.", 190),
    ("IN_EXECUTION", "LOT-26-0104", "DIM-POS", "6", "6", "Position of the M6 pattern 0.21 instead of 0.10.", 150),
    ("DISPOSITIONED", "LOT-26-0102", "DIM-OUT", "9", "9", "Wall thickness 1.82, required 2.0 ± 0.1.", 96),
    ("IN_MRB", "LOT-26-0101", "SURF-POR", "4", "1", "Pores open at the flange after milling.", 71),
    ("IN_REVIEW", "LOT-26-0103", "DMG", "2", "2", "Dropped from the fixture, corner dented.", 50),
    ("CONTAINED", "LOT-26-0104", "CLEAN", "20", "20", "Residue found by the wipe test after washing.", 30),
    ("OPEN", "LOT-26-0101", "DIM-OUT", "7", "7", "Length 84.12, required 84.0 ± 0.05.", 7),
    ("DRAFT", "LOT-26-0102", "MAT-CERT", "50", "50", "Certificate 3.1 not in the delivery.", 2),
)
WAY = ("OPEN", "IN_REVIEW", "IN_MRB", "DISPOSITIONED", "IN_EXECUTION", "VERIFICATION", "CLOSED")
# Held until the ERP is real, these would have stock in quarantine that no real ERP knows; their containment is waived instead.
UNHELD = {"DISPOSITIONED", "IN_EXECUTION", "IN_REVIEW"}
# (part, code, quantity, what was found, whether its review has begun) at the second site
SUZHOU = (
    ("IM-1020", "SURF-SCR", "6", "抛光后表面有划痕，共 6 件。", True),
    ("IM-1035", "DIM-OUT", "15", "螺纹中径超上差 0.02 mm。", False),
)
COMMENTS = {
    "IN_MRB": (
        ("engineer", "Sectioned one piece: pores are below 0.4 mm and not connected."),
        ("mrb2", "请补充密封面的照片。"),
    ),
    "IN_REVIEW": (("inspector", "The second piece was found in the same tray."),),
    "VERIFICATION": (("supervisor", "Scrap cage checked, two pieces marked and mutilated."),),
}


def person(username: str) -> User:
    return User.objects.get(username=username)


def signing(user: User, sentence: str) -> Signing:
    return Signing(username=user.username, password=PASSWORD, sentence=sentence)


def load() -> None:
    with translation.override("en"):
        for story in STORIES:
            tell(*story)
    with translation.override("zh-hans"):
        for part, code, quantity, found, reviewed in SUZHOU:
            tell_suzhou(part, code, quantity, found, reviewed)


def tell(state: str, lot: str, code: str, quantity: str, scrap: str, found: str, hours: int) -> None:
    record = _report(lot, code, quantity, found, hours, draft=state == "DRAFT")
    if state == "CANCELLED":
        ncr.cancel(ncr=record, by=person("manager"), reason="Reported twice, see the record before it.")
    elif state == "CONTAINED":
        hold(record)
    elif state == "VOID":
        walk(record, "DISPOSITIONED", Decimal(scrap), held=False)
        manager = person("manager")
        ncr.void(
            ncr=fresh(record),
            by=manager,
            reason="Wrong lot named.",
            signing=signing(manager, "I declare this record void."),
        )
    elif state in WAY:
        walk(record, state, Decimal(scrap), held=state not in UNHELD)
    for username, text in COMMENTS.get(state, ()):
        records.comment(record=fresh(record), text=text, by=person(username))


def _report(lot_number: str, code: str, quantity: str, found: str, hours: int, *, draft: bool) -> Nonconformance:
    lot = Lot.objects.live().get(number=lot_number)
    return ncr.report(
        by=person("inspector"),
        part=lot.item,
        lot=lot,
        quantity=Decimal(quantity),
        defect_code=DefectCode.objects.get(code=code),
        description=found,
        occurred_at=now() - timedelta(hours=hours),
        draft=draft,
    )


def walk(record: Nonconformance, state: str, scrap: Decimal, *, held: bool = True) -> None:
    steps: dict[str, Any] = {
        "IN_REVIEW": lambda r: review(r, held),
        "IN_MRB": lambda r: propose(r, scrap),
        "DISPOSITIONED": sign,
        "IN_EXECUTION": lambda r: ncr.execute(ncr=r, by=person("engineer")),
        "VERIFICATION": finish,
        "CLOSED": close,
    }
    for target in WAY[1 : WAY.index(state) + 1]:
        steps[target](fresh(record))


def review(record: Nonconformance, held: bool) -> None:
    if held:
        hold(record)
    ncr.start_review(ncr=fresh(record), by=person("engineer"))


def hold(record: Nonconformance) -> None:
    ncr.request_hold(ncr=record, by=person("engineer"), reason="Keep the lot out of production until it is decided.")
    answer(record)


def propose(record: Nonconformance, scrap: Decimal) -> None:
    rest = record.affected_quantity - scrap
    lines = [ncr.Line("scrap", scrap, "Mutilate before disposal.")]
    lines += [ncr.Line("use_as_is", rest, "Function not affected, see calculation in the comment.")] if rest else []
    record = ncr.disposition(ncr=record, lines=lines, by=person("engineer"))
    ncr.send_to_mrb(ncr=record, by=person("engineer"))


def tell_suzhou(part: str, code: str, quantity: str, found: str, reviewed: bool) -> None:
    record = ncr.report(
        by=person("caozuo"),
        part=Item.objects.live().get(number=part),
        quantity=Decimal(quantity),
        defect_code=DefectCode.objects.get(code=code),
        description=found,
        occurred_at=now() - timedelta(hours=5),
    )
    if reviewed:
        ncr.start_review(ncr=fresh(record), by=person("gongcheng"))


def sign(record: Nonconformance) -> None:
    for username in ("mrb1", "mrb2", "designer"):
        record = fresh(record)
        if record.state == "IN_MRB":
            user = person(username)
            ncr.approve(ncr=record, by=user, signing=signing(user, f"I approve the disposition of {record.number}."))
    waive(fresh(record))


def waive(record: Nonconformance) -> None:
    if record.state == "DISPOSITIONED" and not record.holds.exists():
        user, why = person("supervisor"), "All pieces lie in the locked cage of the cell."
        ncr.waive(
            ncr=record, by=user, reason=why, signing=signing(user, f"I take responsibility for {record.number}: {why}")
        )


def answer(record: Nonconformance) -> None:
    """The stand-in for the ERP: says so in its document numbers."""
    for posting in Posting.objects.of(record).unfinished():
        sent = commands.mark_sent(posting=posting)
        commands.mark_posted(posting=sent, document_number=f"DEMO-{posting.pk:04d}", document_id="", read_back="{}")


def finish(record: Nonconformance) -> None:
    """The ERP has posted; scrap is marked, or its line would stay open."""
    answer(record)
    record = fresh(record)
    if any(line.lacks_evidence for line in record.current_lines()):
        how = "Slotted with the angle grinder, painted red, put into scrap cage 2."
        ncr.evidence(ncr=record, by=person("engineer"), evidence=how)


def close(record: Nonconformance) -> None:
    user = person("supervisor")
    ncr.close(ncr=record, by=user, signing=signing(user, f"I verified the execution of {record.number} and close it."))


def fresh(record: Nonconformance) -> Nonconformance:
    return Nonconformance.objects.get(pk=record.pk)


def is_empty() -> bool:
    return not Nonconformance.objects.exists()
