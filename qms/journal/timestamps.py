"""RFC 3161: a time-stamp authority says that a checkpoint existed at a time. Another room carries request and answer.

The token is over the very bytes of the signed note, with a nonce of ours, and counts only when it leads to a configured root.
"""

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from django.conf import settings

EVERY = timedelta(hours=1)
Carrier = Callable[[str, bytes], bytes]
CARRIERS: list[Carrier] = []


class NotStamped(Exception):
    """The authority did not answer, refused, or answered with what is no token over this checkpoint."""


def carry_by(carrier: Carrier) -> None:
    """The room that opens sockets registers how a request reaches an address. It raises OSError."""
    CARRIERS[:] = [carrier]


def roots() -> list[x509.Certificate]:
    """Raises OSError, ValueError."""
    return x509.load_pem_x509_certificates(Path(settings.TSA_ROOTS).read_bytes())


def stamped(note: str) -> bytes:
    """The token (a DER TimeStampResp) over the note, verified. Raises NotStamped, OSError."""
    import rfc3161_client as tsp  # loaded by who stamps

    asked = tsp.TimestampRequestBuilder().data(note.encode()).hash_algorithm(tsp.HashAlgorithm.SHA256).build()
    if not CARRIERS:
        raise NotStamped("nobody carries the request")
    answer = CARRIERS[0](settings.TSA_URL, asked.as_bytes())
    try:
        verifier = tsp.VerifierBuilder.from_request(asked)
        for root in roots():
            verifier = verifier.add_root_certificate(root)
        if not verifier.build().verify_message(tsp.decode_timestamp_response(answer), note.encode()):
            raise NotStamped("the token does not hold")
    except (ValueError, tsp.VerificationError) as wrong:
        raise NotStamped(f"{type(wrong).__name__}: {wrong}") from None
    return answer


def told(note: str, where: str, token: bytes) -> dict[str, Any]:
    """For a bundle."""
    return {"checkpoint": note, "token": base64.b64encode(bytes(token)).decode(), "where": where}
