"""Short secrets in the database, sealed with the installation's key: who reads a backup or a row reads nothing.

AES-256-GCM of the library `cryptography`, under a key derived from the installation's (HKDF-SHA256), with the name of
the row as associated data. The library is imported with the first text, so an installation that seals nothing does not
have it in memory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

from bot.core.machine import chance

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORM, _FIRST = "s2", "s1"
FORMS = (FORM, _FIRST)
"""All forms that are opened; a text of an older one is sealed in the present one when it is next written."""
_NONCE = 12


class SealBroken(Exception):
    """The text was sealed with another key, for another row, or changed since."""


def seal(key: bytes, row: str, text: str) -> str:
    """Seal a text for one row; the same text never looks the same twice."""
    nonce = chance.token_bytes(_NONCE)
    whole = nonce + _cipher(key).encrypt(nonce, text.encode(), row.encode())
    return f"{FORM}.{base64.urlsafe_b64encode(whole).decode()}"


def unseal(key: bytes, row: str, sealed: str) -> str:
    """Return the text, also of an older form. Raises SealBroken."""
    form, _, body = sealed.partition(".")
    try:
        whole = base64.urlsafe_b64decode(body.encode())
    except (binascii.Error, ValueError):
        raise SealBroken from None
    if form == FORM:
        return _opened(key, row, whole)
    if form == _FIRST:
        return _opened_first(key, row, whole)
    raise SealBroken


def is_current(sealed: str) -> bool:
    """Tell whether a sealed text has the present form."""
    return sealed.startswith(f"{FORM}.")


def _opened(key: bytes, row: str, whole: bytes) -> str:
    from cryptography.exceptions import InvalidTag

    try:
        return _cipher(key).decrypt(whole[:_NONCE], whole[_NONCE:], row.encode()).decode()
    except (InvalidTag, ValueError):  # the latter: so short that it holds no nonce
        raise SealBroken from None


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=f"{FORM} sealed text".encode()).derive(key))


# The first form, which is only opened: blocks of HMAC over nonce and counter are the stream that was added to the text,
# and another key's HMAC over all of it, the name of the row included, is the seal, which is looked at first.

_FIRST_NONCE, _FIRST_SEAL, _FIRST_BLOCK = 16, 32, 32


def _opened_first(key: bytes, row: str, whole: bytes) -> str:
    nonce_and_hidden, given = whole[:-_FIRST_SEAL], whole[-_FIRST_SEAL:]
    name = row.encode()
    seal_key = _first_key(key, "seal")
    if not hmac.compare_digest(given, _hmac(seal_key, len(name).to_bytes(4) + name + nonce_and_hidden)):
        raise SealBroken
    nonce, hidden = nonce_and_hidden[:_FIRST_NONCE], nonce_and_hidden[_FIRST_NONCE:]
    stream_key, blocks = _first_key(key, "stream"), range(-(-len(hidden) // _FIRST_BLOCK))
    stream = b"".join(_hmac(stream_key, nonce + at.to_bytes(8)) for at in blocks)
    return bytes(one ^ other for one, other in zip(hidden, stream, strict=False)).decode()


def _first_key(key: bytes, purpose: str) -> bytes:
    return _hmac(key, f"{_FIRST} sealed text: {purpose}".encode())


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, hashlib.sha256).digest()
