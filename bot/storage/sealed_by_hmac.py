"""The first form of sealed texts, which is only opened: a stream and a seal of HMAC-SHA256, before there was a library.

Blocks of HMAC over nonce and counter are the stream that was added to the text, and another key's HMAC over all of it,
the name of the row included, is the seal, which is looked at first.
"""

from __future__ import annotations

import hashlib
import hmac

_FORM = "s1"
_NONCE, _SEAL, _BLOCK = 16, 32, 32


def opened(key: bytes, row: str, whole: bytes) -> str | None:
    """Return the text; None if it was sealed with another key, for another row, or changed since."""
    nonce_and_hidden, given = whole[:-_SEAL], whole[-_SEAL:]
    if not hmac.compare_digest(given, _seal_of(key, row, nonce_and_hidden)):
        return None
    nonce, hidden = nonce_and_hidden[:_NONCE], nonce_and_hidden[_NONCE:]
    stream_key = _derived(key, "stream")
    blocks = range(-(-len(hidden) // _BLOCK))
    stream = b"".join(hmac.new(stream_key, nonce + at.to_bytes(8), hashlib.sha256).digest() for at in blocks)
    return bytes(one ^ other for one, other in zip(hidden, stream, strict=False)).decode()


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, f"{_FORM} sealed text: {purpose}".encode(), hashlib.sha256).digest()


def _seal_of(key: bytes, row: str, data: bytes) -> bytes:
    name = row.encode()
    return hmac.new(_derived(key, "seal"), len(name).to_bytes(4) + name + data, hashlib.sha256).digest()
