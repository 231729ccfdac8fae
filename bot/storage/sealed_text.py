"""Short secrets in the database, sealed with the installation's key: who reads a backup or a row reads nothing.

A token is a few dozen bytes, and nothing that is installed everywhere has a cipher: so it is the textbook's composition
of HMAC-SHA256 alone. Its blocks over nonce and counter are the stream that is added to the text, and another key's
HMAC over all of it, the name of the row included, is the seal, which is looked at first.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from bot.core.machine import chance

FORM = "s1"
_NONCE, _SEAL, _BLOCK = 16, 32, 32


class SealBroken(Exception):
    """The text was sealed with another key, for another row, or changed since."""


def seal(key: bytes, row: str, text: str) -> str:
    """Seal a text for one row; the same text never looks the same twice."""
    nonce, data = chance.token_bytes(_NONCE), text.encode()
    hidden = _added(data, _derived(key, "stream"), nonce)
    whole = nonce + hidden + _seal_of(key, row, nonce + hidden)
    return f"{FORM}.{base64.urlsafe_b64encode(whole).decode()}"


def unseal(key: bytes, row: str, sealed: str) -> str:
    """Return the text. Raises SealBroken."""
    form, _, body = sealed.partition(".")
    try:
        whole = base64.urlsafe_b64decode(body.encode())
    except (binascii.Error, ValueError):
        raise SealBroken from None
    nonce_and_hidden, given = whole[:-_SEAL], whole[-_SEAL:]
    if form != FORM or not hmac.compare_digest(given, _seal_of(key, row, nonce_and_hidden)):
        raise SealBroken
    nonce, hidden = nonce_and_hidden[:_NONCE], nonce_and_hidden[_NONCE:]
    return _added(hidden, _derived(key, "stream"), nonce).decode()


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, f"{FORM} sealed text: {purpose}".encode(), hashlib.sha256).digest()


def _seal_of(key: bytes, row: str, data: bytes) -> bytes:
    name = row.encode()
    return hmac.new(_derived(key, "seal"), len(name).to_bytes(4) + name + data, hashlib.sha256).digest()


def _added(data: bytes, key: bytes, nonce: bytes) -> bytes:
    """Add the stream of a key to bytes; twice is not at all."""
    blocks = range(-(-len(data) // _BLOCK))
    stream = b"".join(hmac.new(key, nonce + at.to_bytes(8), hashlib.sha256).digest() for at in blocks)
    return bytes(one ^ other for one, other in zip(data, stream, strict=False))
