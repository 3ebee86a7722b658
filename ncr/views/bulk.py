"""What can be done with many nonconformances or holds at once; each is an act of its own."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from qms.records import actions as records
from qms.ui.bulk import BulkAct, right_refuses, step_refuses

from .. import actions, permissions, queries
from ..choices import MEANING_OF
from ..forms.bulk import CommentForm, ConfirmForm, DueForm, OwnerForm, ReasonForm


def _edit(record: Any, by: Any, data: dict[str, Any]) -> Any:
    return actions.edit(ncr=record, by=by, version=record.version, **data)


def _start_review(record: Any, by: Any, data: dict[str, Any]) -> Any:
    return actions.start_review(ncr=record, by=by, version=record.version)


def _comment(record: Any, by: Any, data: dict[str, Any]) -> Any:
    return records.comment(record=record, by=by, **data)


def _request_release(record: Any, by: Any, data: dict[str, Any]) -> Any:
    return actions.request_release(hold=record, by=by, version=record.version, **data)


def _slot(record: Any, by: Any) -> Any:
    """Whose place the person fills; only asked where a place is free for them."""
    return permissions.slot_for(record, by)


def _meaning(record: Any, by: Any) -> str:
    return str(MEANING_OF[_slot(record, by)])


def _statement(record: Any, by: Any) -> str:
    return queries.statement(record, "approve", slot=_slot(record, by))


def _approve(record: Any, by: Any, data: dict[str, Any]) -> Any:
    signing = data["signing"]
    if _slot(record, by):  # else the act refuses, and says so in the trail
        signing = replace(signing, sentence=_statement(record, by), consequence=queries.consequence(record))
    return actions.approve(ncr=record, by=by, version=data["versions"][record.pk], signing=signing)


COMMENT = BulkAct(
    name="comment",
    label=_("Comment"),
    permission="record.comment",
    form_class=CommentForm,
    perform=_comment,
    refuses=right_refuses("record.comment"),
)


def _edits(name: str, label: Any, form_class: Any) -> BulkAct:
    """An act that changes fields of the record, those that the form asks for."""
    return BulkAct(
        name=name,
        label=label,
        permission="ncr.edit",
        form_class=form_class,
        perform=_edit,
        refuses=step_refuses("edit"),
    )


BULK = (
    _edits("owner", _("Assign owner"), OwnerForm),
    _edits("due", _("Set due date"), DueForm),
    BulkAct(
        name="review",
        label=_("Start review"),
        permission="ncr.review",
        form_class=ConfirmForm,
        perform=_start_review,
        refuses=step_refuses("start-review"),
    ),
    BulkAct(
        name="approve",
        label=_("Sign the dispositions"),
        permission="ncr.approve",
        form_class=ConfirmForm,
        perform=_approve,
        refuses=step_refuses("approve"),
        meaning=_meaning,
        statement=_statement,
    ),
    COMMENT,
)
HOLD_BULK = (
    BulkAct(
        name="release",
        label=_("Request release"),
        permission="hold.release",
        form_class=ReasonForm,
        perform=_request_release,
        refuses=step_refuses("request-release"),
    ),
    COMMENT,
)
