"""C2SP signed notes: a checkpoint of three lines (origin, size, root) and an Ed25519 line that existing tools read."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "qms/trail"
ED25519 = b"\x01"


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


def verify(note: str, public: Ed25519PublicKey) -> bool:
    """True when one line of the note was made by this key over the note's own text."""
    text, _, lines = note.rpartition("\n\n")
    for line in lines.splitlines():
        parts = line.split(" ")
        if len(parts) == 3 and parts[1] == ORIGIN:
            blob = base64.b64decode(parts[2])
            if blob[:4] == key_id(ORIGIN, public):
                return _good(public, blob[4:], f"{text}\n")
    return False


def _good(public: Ed25519PublicKey, signature: bytes, text: str) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        public.verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True
