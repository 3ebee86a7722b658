"""What can be done with a mapping, one function per act (features.md row 89)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from connectors import events, mapping
from connectors.models import Interface, Kind, Mapping
from connectors.models.mappings import CONTENT
from connectors.routes import ROUTES
from connectors.sync import members
from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing

EDIT = "mapping.edit"
MOST_VECTORS = 200


def draft(
    *,
    by: Any,
    interface: Interface,
    message_type: str,
    note: str,
    base: Mapping | None = None,
    rules: dict[str, Any] | None = None,
    vectors: list[dict[str, Any]] | None = None,
    uid: UUID | None = None,
) -> Mapping:
    """The next edition, with the rules and tests of `base` where none are given. The same `uid` again returns the first one.

    Raises Forbidden, Invalid (a type that is not mapped, rules that cannot be read).
    """
    access.check(by, EDIT, interface)
    if uid and (known := Mapping.objects.filter(uid=uid, created_by=by).first()):
        return known
    if message_type not in ROUTES and not (message_type in members.TYPES and interface.kind == Kind.ERP):
        raise Invalid(
            _("Messages of the type “%(type)s” are not read here.") % {"type": message_type}, field="message_type"
        )
    if rules is None:
        rules = base.rules if base else {"fields": []}
    if vectors is None:
        vectors = base.vectors if base else []
    _check(rules, vectors, may_be_empty=True)
    with journal.act(events.MAPPING_DRAFTED, by=by) as act:
        # The lock numbers the editions: two drafts at once get two numbers.
        Interface.objects.select_for_update().get(pk=interface.pk)
        last = Mapping.objects.filter(interface=interface, message_type=message_type).aggregate(n=Max("edition"))["n"]
        made = Mapping.objects.create(
            uid=uid or uuid7(),
            site_id=interface.site_id,
            state="DRAFT",
            created_by=by,
            edited_by=by,
            interface=interface,
            message_type=message_type,
            edition=(last or 0) + 1,
            base=base,
            note=note,
            rules=rules,
            vectors=vectors,
        )
        act.record(made, changed(made))
    return made


def edit(
    *,
    mapping: Mapping,
    by: Any,
    rules: dict[str, Any],
    vectors: list[dict[str, Any]],
    note: str = "",
    version: int | None = None,
) -> Mapping:
    """New rules and tests; what was tested before must be tested again. Raises Invalid with the rule that cannot be read."""
    _check(rules, vectors)

    def change(row: Mapping) -> tuple[str, ...]:
        row.rules, row.vectors, row.note = rules, vectors, note or row.note
        row.edited_by, row.tested = by, ""
        return ("rules", "vectors", "note", "edited_by", "tested")

    return _step(mapping, "edit", by, version=version, change=change)


def test(*, mapping: Mapping, by: Any, version: int | None = None) -> Mapping:
    """Passes only when every test does. Raises Conflict with the first that fails."""

    def change(row: Mapping) -> tuple[str, ...]:
        row.tested = Mapping.objects.values_list(CONTENT, flat=True).get(pk=row.pk)
        return ("tested",)

    return _step(mapping, "test", by, version=version, change=change)


def approve(*, mapping: Mapping, by: Any, signing: Signing | None, version: int | None = None) -> Mapping:
    """By a second person: never by whoever drafted or edited it (the database holds that too)."""

    def change(row: Mapping) -> tuple[str, ...]:
        row.approved_by = by
        return ("approved_by",)

    return _step(mapping, "approve", by, version=version, signing=signing, change=change)


def send_back(*, mapping: Mapping, by: Any, reason: str, version: int | None = None) -> Mapping:
    return _step(mapping, "return", by, version=version, reason=reason, change=_unapproved)


def activate(*, mapping: Mapping, by: Any, version: int | None = None) -> Mapping:
    """Its tests run once more; the edition that was active retires in the same transaction."""
    return _step(mapping, "activate", by, version=version, change=_taking_over(by))


def retire(*, mapping: Mapping, by: Any, reason: str, version: int | None = None) -> Mapping:
    """Messages of the type must be in our own form from then on."""
    return _step(mapping, "retire", by, version=version, reason=reason)


def roll_back(*, mapping: Mapping, by: Any, reason: str, version: int | None = None) -> Mapping:
    """An edition that was active before is active again, as it was approved."""
    return _step(mapping, "roll-back", by, version=version, reason=reason, change=_taking_over(by))


def cancel(*, mapping: Mapping, by: Any, reason: str, version: int | None = None) -> Mapping:
    return _step(mapping, "cancel", by, version=version, reason=reason)


def _taking_over(by: Any) -> records.Change:
    def change(row: Mapping) -> tuple[str, ...]:
        same = Mapping.objects.filter(interface_id=row.interface_id, message_type=row.message_type, state="ACTIVE")
        if before := same.exclude(pk=row.pk).first():
            records.system_step(record=before, name="supersede", by=by, payload=changed)
        row.activated_at = now()
        return ("activated_at",)

    return change


def _unapproved(row: Mapping) -> tuple[str, ...]:
    row.approved_by, row.tested = None, ""
    return ("approved_by", "tested")


def _step(record: Mapping, name: str, by: Any, **options: Any) -> Mapping:
    row: Mapping = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def _check(rules: dict[str, Any], vectors: list[dict[str, Any]], *, may_be_empty: bool = False) -> None:
    if (rules.get("fields") or not may_be_empty) and (wrong := mapping.check(rules)):
        raise Invalid(" ".join(wrong), field="rules", hint=_("Correct the rule and save again."))
    if len(vectors) > MOST_VECTORS:
        raise Invalid(_("A mapping has at most %(most)s tests.") % {"most": MOST_VECTORS}, field="vectors")
    names = [str(vector.get("name", "")).strip() for vector in vectors]
    if not all(names) or len(set(names)) != len(names):
        raise Invalid(_("Every test has a name of its own."), field="vectors")


def changed(row: Mapping) -> events.MappingChanged:
    return events.MappingChanged(
        number=row.number,
        interface=row.interface.code,
        message_type=row.message_type,
        edition=row.edition,
        tests=len(row.vectors),
    )


# The acts behind the transitions, for pages and API alike.
MAPPING_STEPS: dict[str, Callable[..., Mapping]] = {
    "edit": edit,
    "test": test,
    "approve": approve,
    "return": send_back,
    "activate": activate,
    "retire": retire,
    "roll-back": roll_back,
    "cancel": cancel,
}
