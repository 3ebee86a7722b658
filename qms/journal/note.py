"""C2SP signed notes: a checkpoint of three lines (origin, size, root) and an Ed25519 line that existing tools read."""

import base64
import contextlib
import hashlib
import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

ORIGIN = "qms/trail"
ED25519 = b"\x01"
SIZE = re.compile(r"[0-9]{1,18}")


def private_key(seed: str) -> Ed25519PrivateKey:
    """`seed`: 32 bytes in base64 (QMS_SEAL_KEY), kept outside the database."""
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))


def key_id(name: str, public: Ed25519PublicKey) -> bytes:
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + raw).digest()[:4]


def checkpoint(size: int, root: bytes) -> str:
    return f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n"


def sign(text: str, key: Ed25519PrivateKey) -> str:
    signature = key_id(ORIGIN, key.public_key()) + key.sign(text.encode())
    return f"{text}\n— {ORIGIN} {base64.b64encode(signature).decode()}\n"


def old_keys() -> list[Ed25519PublicKey]:
    """Public halves of the keys before ours (QMS_SEAL_OLD_KEYS)."""
    return [Ed25519PublicKey.from_public_bytes(base64.b64decode(text)) for text in settings.SEAL_OLD_KEYS]


def trusted() -> list[Ed25519PublicKey]:
    old = old_keys()
    return [private_key(settings.SEAL_KEY).public_key(), *old] if settings.SEAL_KEY else old


def size(note: str) -> int | None:
    """How many entries the note speaks of; None when it is no checkpoint of a trail."""
    lines = note.split("\n")
    is_ours = len(lines) > 4 and lines[0] == ORIGIN and SIZE.fullmatch(lines[1]) and lines[3] == ""
    return int(lines[1]) if is_ours else None


def verify(note: str, public: Ed25519PublicKey) -> bool:
    """True when one line of the note was made by this key over the note's own text."""
    return signer(note, [public]) is not None


def signer(note: str, keys: list[Ed25519PublicKey]) -> Ed25519PublicKey | None:
    """Which of the keys made one line of the note over the note's own text."""
    text, _, _lines = note.rpartition("\n\n")
    known = {key_id(ORIGIN, key): key for key in keys}
    for blob in _signatures(note):
        key = known.get(blob[:4])
        if key is not None and _good(key, blob[4:], f"{text}\n"):
            return key
    return None


def key_words(note: str) -> str:
    """The ids of the keys that the note names, in hexadecimal."""
    return ", ".join(blob[:4].hex() for blob in _signatures(note)) or "–"


def _signatures(note: str) -> list[bytes]:
    found = []
    for line in note.rpartition("\n\n")[2].splitlines():
        parts = line.split(" ")
        if len(parts) == 3 and parts[1] == ORIGIN:
            with contextlib.suppress(ValueError):
                found.append(base64.b64decode(parts[2], validate=True))
    return found


def _good(public: Ed25519PublicKey, signature: bytes, text: str) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True
