"""What Augsburg's people asked of the shop floor, and what a stand-in for the MES answered: read, done and verified, refused."""

from dataclasses import dataclass, field
from typing import Any

from ncr import actions as ncr
from ncr.models import Nonconformance
from qms import journal
from qms.commands import handshake
from qms.commands.models import Command

from .walk import person


@dataclass(frozen=True)
class Wish:
    """`state`, `lot`: of the NCR that it is about; `answers`: (state, what the MES says), one after the other."""

    state: str
    lot: str
    kind: str
    text: str
    answers: tuple[tuple[str, dict[str, Any]], ...] = field(default=())
    verified_by: str = ""


WISHES = (
    Wish(
        "OPEN", "LOT-26-0101", "special_instruction",
        "Measure the length of every part after the tool change, at least until piece 200; stop at 84.05.",
        (("acknowledged", {"by": "OP-114"}),),
    ),
    Wish(
        "IN_EXECUTION", "LOT-26-0109", "inspect_sample", "Endoscope all cross bores of the next five pump covers.",
        (("acknowledged", {"by": "OP-127"}), ("executed", {"by": "OP-127", "location": "Endoscope 2", "note": "five of five clean"})),
        verified_by="supervisor",
    ),
    Wish(
        "IN_REVIEW", "LOT-26-0103", "stop_operation", "Stop deburring until the fixture is checked.",
        (("rejected", {"by": "OP-131", "reason": "The fixture was changed an hour ago; the cell runs another order."}),),
    ),
)  # fmt: skip


def load() -> None:
    for wish in WISHES:
        record = Nonconformance.objects.filter(state=wish.state, lot_number=wish.lot).order_by("pk").first()
        if record:
            ncr.instruct(ncr=record, by=person("engineer"), kind=wish.kind, text=wish.text)
            for command in Command.objects.of(record):
                _answer(command, wish)


def _answer(command: Command, wish: Wish) -> None:
    command = handshake.deliver(command=command, by=journal.SYSTEM)
    for state, said in wish.answers:
        command, _is_new = handshake.answer(command=command, state=state, said=said, by=journal.SYSTEM)
    if wish.verified_by:
        handshake.verify(command=command, by=person(wish.verified_by))
