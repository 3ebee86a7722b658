"""What a signature is bound to (21 CFR 11.70), and whether the record still says it.

Scheme 1: type, number and content, its files among them. Scheme 2 adds which record, which version, which meaning, whose and which
signature, and takes the files by time (ADR 15), so that a row copied to another record, version or person covers nothing.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from qms.lib import canonical

from .models import Signature

SCHEME = 2
FILES = "attachments"


class Signable(Protocol):
    """What a record offers to a signer. `signed_content` is plain data: the decision, not its progress.

    A record with files also has `signed_files(at)`: SHA-256 of those that a signature made then covers; None: now.
    """

    pk: Any

    @property
    def number(self) -> str: ...
    @property
    def version(self) -> int: ...

    def signed_content(self) -> dict[str, Any]: ...


def content_digest(record: Signable) -> str:
    return canonical.digest(content_of(record))


def content_of(record: Signable) -> dict[str, Any]:
    """Scheme 1: the content alone, the same for everybody who signs it."""
    return {"content": record.signed_content(), "number": record.number, "type": kind(record)}


def digest(record: Signable, made: Signature, *, content: dict[str, Any] | None = None) -> str:
    return canonical.digest(told(record, made, content=content))


def told(record: Signable, made: Signature, *, content: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the signature (stored, or about to be) is bound to, as the record stands now: its digest is the signature's while it covers."""
    content = record.signed_content() if content is None else content
    if made.scheme == 1:
        return {"content": content, "number": record.number, "type": kind(record)}
    files = getattr(record, "signed_files", None)
    return {
        "content": {name: value for name, value in content.items() if name != FILES},
        FILES: files(made.signed_at if made.pk else None) if files else [],
        "id": str(getattr(record, "uid", None) or record.pk),
        "meaning": made.meaning,
        "number": record.number,
        "scheme": made.scheme,
        "sentence": made.sentence,
        "signature": str(made.uid),
        "signer": str(made.signer_id),
        "signer_name": made.signer_name,
        "type": kind(record),
        "version": made.record_version,
    }


def covered(record: Signable, made: Iterable[Signature]) -> set[Any]:
    """Keys of the signatures that the record still agrees with, and whose signer does as well."""
    mine = [one for one in made if is_of(record, one) and one.taken_back is None]
    content = record.signed_content() if mine else {}
    return {one.pk for one in mine if digest(record, one, content=content) == one.digest}


def covers(record: Signable, made: Signature) -> bool:
    return bool(covered(record, [made]))


def is_of(record: Signable, made: Signature) -> bool:
    return (made.record_type, made.record_key) == (kind(record), str(record.pk))


def kind(record: Any) -> str:
    return str(record._meta.label_lower)
