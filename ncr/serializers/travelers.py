"""Links to records of other systems."""

from typing import Any

from rest_framework import serializers

from qms.api.serializers import Strict
from qms.lib import canonical

from ..actions import Pointer
from ..models import Hold, Traveler
from .records import Named


class TravelerBody(Strict):
    """`id`: the number there. `hold`: where the link belongs to one hold of the NCR."""

    system = serializers.CharField(max_length=40)
    id = serializers.CharField(max_length=120)
    record_type = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    url = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    title = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    sha256 = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)
    captured_at = serializers.DateTimeField(required=False, default=None, allow_null=True)
    hold = Named(Hold, required=False, default=None, allow_null=True)

    def pointer(self) -> Pointer:
        given = dict(self.validated_data)
        given.pop("hold")
        return Pointer(record_id=given.pop("id"), **given)


def plain(row: Traveler) -> dict[str, Any]:
    """`dead_since`: the address leads nowhere since then; None where it answers, or was not asked yet."""
    check = getattr(row, "check_made", None)
    return {
        "uid": str(row.uid),
        "system": row.system,
        "record_type": row.record_type,
        "id": row.record_id,
        "url": row.url or None,
        "title": row.title,
        "sha256": row.sha256 or None,
        "captured_at": canonical.instant(row.captured_at) if row.captured_at else None,
        "frozen": _frozen(row),
        "dead_since": canonical.instant(check.dead_since) if check and check.dead_since else None,
    }


def _frozen(row: Traveler) -> dict[str, Any] | None:
    """The copy that is kept, or why there is none yet; None where nobody has asked for one."""
    held = getattr(row, "snapshot", None)
    if held is None:
        return None
    kept = (
        {"sha256": held.file.sha256, "file": held.file.name, "at": canonical.instant(held.kept_at)} if held.file else {}
    )
    return {"kept": bool(kept), **kept, "changed": held.is_changed, "problem": held.problem or None}
