"""Short secrets in the database, sealed with the installation's key: who reads a backup or a row reads nothing.

AES-256-GCM of the library `cryptography`, under a key derived from the installation's (HKDF-SHA256), with the name of
the row as associated data. The library is imported with the first text, so an installation that seals nothing does not
have it in memory.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from bot.core.machine import chance

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORM = "s2"
FORMS = (FORM, "s1")
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
    if form == FORMS[1]:
        from .sealed_by_hmac import opened

        if (text := opened(key, row, whole)) is not None:
            return text
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
