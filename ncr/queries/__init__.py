"""What pages and API need to know of an NCR."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, prefetch_related_objects
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from qms.accounts import access
from qms.commands.models import CONTRADICTED, Command, Posting
from qms.commands.queries import Asked, grouped
from qms.lib.quantity import show
from qms.lib.reading import for_reading
from qms.records.models import Attachment

from ..choices import ROLE_OF, Result, Slot
from ..models import Approval, DispositionLine, Hold, Nonconformance, Traveler
from .progress import editions, posting_acts

__all__ = ["editions", "posting_acts"]


@dataclass(frozen=True)
class Seat:
    """A place in the MRB matrix: who signed it, or who could."""

    slot: Slot
    approval: Approval | None
    candidates: list[str]


def for_page(number: str, user: Any) -> Nonconformance:
    """To be read only. Raises Http404 when there is none that the person may see."""
    linked = Exists(Traveler.objects.filter(ncr=OuterRef("pk"), withdrawn_at=None))
    rows = (
        Nonconformance.objects.visible_to(user)
        .annotate(is_linked=linked)
        .prefetch_related(
            Prefetch("holds", Hold.objects.select_related("lot__item__unit")),
            "serials",
            Prefetch("lines", DispositionLine.objects.select_related("item", "supplier", "evidence_by")),
            "lines__loops__done_by",
        )
    )
    names = (
        "site",
        "owner",
        "created_by",
        "defect_code",
        "waiver",
        "work_center",
        "item",
        "lot__item__unit",
        "proposed_by",
        "closed_by",
    )
    found: Nonconformance = for_reading(get_object_or_404(rows.select_related(*names), number=number))
    _rarely(found)
    return found


def _rarely(ncr: Nonconformance) -> None:
    """What few records have is asked for where the record itself says that there is some."""
    if ncr.edition > 1:
        prefetch_related_objects([ncr], "reopenings__signature")
    else:
        ncr.__dict__["_prefetched_objects_cache"]["reopenings"] = ncr.reopenings.none()
    if ncr.serials.all():
        prefetch_related_objects([ncr], "lines__serials__serial")
    else:
        for line in ncr.lines.all():
            line.__dict__["_prefetched_objects_cache"]["serials"] = line.serials.none()


def for_worklist(rows: Any) -> list[Nonconformance]:
    """To be read only, many at once: what guards and segregation of duties ask of each is read in seven queries."""
    signed = Prefetch("approvals", Approval.objects.select_related("signature__withdrawal", "signer").order_by("pk"))
    joined = rows.select_related("owner", "created_by", "proposed_by", "defect_code", "site")
    found = [for_reading(row) for row in joined.prefetch_related("lines", "holds", signed)]
    label = Nonconformance._meta.label_lower
    files: dict[str, list[Any]] = {str(row.pk): [] for row in found}
    for file in Attachment.objects.filter(record_type=label, record_key__in=list(files)).order_by("pk"):
        files[file.record_key].append(file)
    breached, contradicted = _troubled(found)
    for row in found:
        key = str(row.pk)
        approvals = [a for a in row.approvals.all() if a.round == row.round and not a.withdrawn]
        row.__dict__["_answers"].update(
            files=files[key],
            round_approvals=approvals,
            is_breached=key in breached,
            is_contradicted=key in contradicted,
        )
    return found


def travelers(record: Any) -> list[Any]:
    """Links that stand, with what the nightly look found. Most records have none, and their page does not ask (`for_page`)."""
    if not vars(record).get("is_linked", True):
        return []
    return list(record.travelers.filter(withdrawn_at=None).select_related("check_made", "hold", "snapshot__file"))


def for_links(rows: Any) -> list[Nonconformance]:
    """To be read only: status, lines and containment of many, in as many queries as of one."""
    found = [for_reading(row) for row in rows.prefetch_related("lines", "holds", "reopenings")]
    breached, contradicted = _troubled(found)
    for row in found:
        answers = row.__dict__["_answers"]
        answers["is_breached"], answers["is_contradicted"] = str(row.pk) in breached, str(row.pk) in contradicted
    return found


def _troubled(rows: list[Nonconformance]) -> tuple[set[str], set[str]]:
    """Keys of those on whose holds somebody worked, and of those whose hold a system reports not to have."""
    keys = [str(row.pk) for row in rows]
    asked = Command.objects.filter(record_type=Nonconformance._meta.label_lower, record_key__in=keys)
    told = list(asked.filter(Q(state="BREACHED") | CONTRADICTED).values_list("record_key", "state"))
    breached = {key for key, state in told if state == "BREACHED"}
    return breached, {key for key, state in told if state != "BREACHED"}


def board(ncr: Nonconformance) -> list[Seat]:
    """Required signatures of the current round, filled ones first within their slot."""
    if not ncr.round:
        return []
    given, slots = list(ncr.valid_approvals()), ncr.required_slots()
    names = candidates(ncr) if ncr.missing_slots() else {}
    seats = []
    for slot in slots:
        taken = next((a for a in given if a.slot == slot), None)
        if taken:
            given.remove(taken)
        seats.append(Seat(slot, taken, [] if taken else names.get(slot, [])))
    return seats


def candidates(ncr: Nonconformance) -> dict[Slot, list[str]]:
    """People of each slot's role on the site who may still sign (not the initiators, not those who signed)."""
    signed = {a.signer_id for a in ncr.valid_approvals()}
    blocked = {ncr.created_by_id, ncr.proposed_by_id, *signed}
    held = access.held_by_people(ROLE_OF.values(), ncr.site_id)
    names: dict[str, dict[int, str]] = {}
    for grant in held:
        if grant.user_id not in blocked:
            names.setdefault(grant.role, {})[grant.user_id] = grant.user.full_name
    return {slot: list(names.get(role, {}).values()) for slot, role in ROLE_OF.items()}


def overdue_signatures(ncr: Nonconformance) -> list[Approval]:
    """Approvals of the round that no longer cover the record."""
    valid = {a.pk for a in ncr.valid_approvals()}
    return [a for a in ncr.round_approvals() if a.pk not in valid]


def lines(ncr: Nonconformance) -> list[DispositionLine]:
    return ncr.current_lines()


def holds(ncr: Nonconformance) -> list[tuple[Hold, list[Posting]]]:
    """Each hold with what was asked of the ERP to place it."""
    rows = sorted(ncr.holds.all(), key=lambda hold: hold.pk)
    return [(row, [p for p in ncr.all_postings() if p.purpose == f"hold:{row.pk}:place"]) for row in rows]


def asked(ncr: Nonconformance) -> list[Asked]:
    """What was asked of the shop floor, the newest first."""
    return grouped(ncr.all_commands())[::-1]


def progress(ncr: Nonconformance) -> str:
    """Changes whenever the record, a hold, a posting or a signature of it does."""
    members: list[Any] = [*ncr.all_postings(), *ncr.all_commands(), *ncr.holds.all()]
    steps = [row.version for row in members]
    return f"{ncr.version}.{sum(steps)}.{len(ncr.round_approvals())}"


def similar(ncr: Nonconformance, user: Any) -> list[Nonconformance]:
    """Same part and defect, newest first."""
    found = Nonconformance.objects.visible_to(user).filter(
        part_number=ncr.part_number, defect_code_id=ncr.defect_code_id
    )
    return list(found.exclude(pk=ncr.pk).only("number", "title", "state", "occurred_at")[:5])


def decided_sentence(ncr: Nonconformance) -> str:
    """“Scrap 3 pcs; use as is 7 pcs”, in the reader's language."""
    return "; ".join(f"{line.get_kind_display()} {show(line.quantity)} {ncr.unit}" for line in ncr.current_lines())


def statement(
    ncr: Nonconformance, step: str, *, slot: Slot | None = None, reason: str = "", data: Mapping[str, Any] | None = None
) -> str:
    """The sentence that a person signs with a step, in their language; page and API sign the same.

    `slot`: whose place they fill; `data`: what the step was given.
    """
    given = data or {}
    sentences = {
        "approve": _("As %(slot)s I approve the disposition of %(number)s, version %(version)s: %(decided)s."),
        "close": _("I verified that the disposition of %(number)s (%(decided)s) was executed, and close the record."),
        "waive": _("I take responsibility for going on with %(number)s without a confirmed hold: %(reason)s"),
        "void": _("I declare %(number)s void: %(reason)s"),
        "reinspect": _("I re-inspected the reworked parts of %(number)s, inspection %(reference)s: %(result)s."),
        "reopen": _("I reopen %(number)s as edition %(edition)s: %(reason)s"),
        "skip-posting": _("I take responsibility for going on with %(number)s without posting %(posting)s: %(reason)s"),
        "record-document": _("I saw document %(document)s in the ERP; it posts %(posting)s of %(number)s: %(reason)s"),
    }
    result = given.get("result", "")
    return sentences[step] % {
        "slot": slot.label if slot else "",
        "number": ncr.number,
        "version": ncr.version,
        "decided": decided_sentence(ncr),
        "reason": reason,
        "edition": ncr.edition + 1,
        "reference": given.get("reference", ""),
        "result": Result(result).label if result else "",
        "posting": given.get("posting") or ", ".join(p.reference for p in ncr.unanswered()),
        "document": given.get("document_number", ""),
    }


def consequence(ncr: Nonconformance) -> str:
    if ncr.missing_slots() and len(ncr.missing_slots()) > 1:
        return _("Further signatures are needed before anything happens.")
    return _("The disposition is decided; after “Execute” the ERP is asked to move the stock.")
