"""The way to a time-stamp authority (RFC 3161 section 3.4): one request, one answer, no redirects, little of it."""

import requests

KIND, ANSWER = "application/timestamp-query", "application/timestamp-reply"
SECONDS, MOST = 10, 64 * 1024


def ask(url: str, request: bytes) -> bytes:
    """Raises OSError (those of the library are)."""
    headers = {"Content-Type": KIND, "Accept": ANSWER}
    with requests.post(url, request, headers=headers, timeout=SECONDS, allow_redirects=False, stream=True) as answer:
        if answer.status_code != 200:
            raise OSError(f"HTTP {answer.status_code}")
        body = answer.raw.read(MOST + 1, decode_content=True)
    if len(body) > MOST:
        raise OSError("the answer is too long")
    return bytes(body)
