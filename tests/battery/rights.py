"""What must be, said a second time: from the cast, the one-page matrix and the rules of duty, not from the code under test."""

from typing import Any

from ncr.models import Approval
from qms.accounts.roles import MATRIX, SCOPES

DONE = 302
ASKED = {"mrb": "mrb_member", "design": "design_authority"}


def roles_at(user: Any, site_id: int | None) -> set[str]:
    """Roles on the site; None = anywhere."""
    return {g.role for g in user.valid_grants if site_id is None or g.site_id in (None, site_id)}


def holds_right(user: Any, right: str, site_id: int | None = None) -> bool:
    return bool(roles_at(user, site_id) & set(MATRIX.get(right, ())))


def scope_holds(scope: str, right: str) -> bool:
    return right in SCOPES[scope]


def sees(user: Any, record: Any) -> bool:
    return record.compartment_id is None and holds_right(user, type(record).view_permission, record.site_id)


def duty_forbids(record: Any, step: Any, user: Any) -> bool:
    """Initiator ≠ approver ≠ verifier (integrity.md §4); one signature a person, in a slot of one's role that is free."""
    kind = record._meta.model_name
    if kind == "trailreview":  # one person reads all of it
        return step.name in ("mark", "withdraw", "sign") and record.reviewer_id != user.pk
    if kind == "rule" and step.name == "approve-too":  # six eyes
        return user.pk in (record.created_by_id, record.edited_by_id, record.approved_by_id)
    if kind == "calibration":  # four eyes
        return step.name in ("approve", "approve-out") and user.pk in (record.created_by_id, record.edited_by_id)
    if kind == "certificate":  # four eyes
        return step.name == "accept" and user.pk in (record.created_by_id, record.edited_by_id)
    if kind in AUTHORS:  # four eyes
        return step.name in ("approve", "release") and user.pk in {getattr(record, name) for name in AUTHORS[kind]}
    return kind == "nonconformance" and _ncr_forbids(record, step, user)


AUTHORS = {
    "inspectionplan": ("created_by_id", "edited_by_id"),
    "disposal": ("created_by_id", "proposed_by_id"),
    "mapping": ("created_by_id", "edited_by_id"),
    "matrix": ("created_by_id", "edited_by_id"),
    "msastudy": ("created_by_id", "edited_by_id"),
    "rule": ("created_by_id", "edited_by_id"),
    "golive": ("created_by_id", "counted_by_id"),
}


def _ncr_forbids(record: Any, step: Any, user: Any) -> bool:
    began = user.pk in (record.created_by_id, record.proposed_by_id)
    signed = set(Approval.objects.filter(ncr=record).values_list("signer_id", flat=True))
    if step.name == "approve":
        free = {ASKED[slot] for slot in record.missing_slots()}
        return began or user.pk in signed or not free & roles_at(user, record.site_id)
    if step.name == "close":
        return began or user.pk in signed
    if step.name == "reinspect":
        worked = {loop.done_by_id for line in record.lines.all() for loop in line.loops.filter(result="")}
        return began or worked == {user.pk}
    if step.name in ("skip-posting", "record-document"):
        return {p.requested_by_id for p in record.postings().failed()} == {user.pk}
    return step.name == "waive" and began


def outcome(record: Any, step: Any, user: Any) -> set[int]:
    """Statuses that a well-formed attempt may get on a page; {DONE} when it must succeed."""
    if step.by_system or not sees(user, record):
        return {404}
    if not holds_right(user, step.permission, record.site_id):
        return {403}
    forbidden = duty_forbids(record, step, user)
    if record.state not in step.sources:
        return {403, 409} if forbidden else {409}
    if step.blocked(record):
        return {403, 409} if forbidden else {409}
    return {403} if forbidden else {DONE}
