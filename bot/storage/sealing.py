"""Encryption of a backup with age (https://age-encryption.org), through the library pyrage.

A backup is made for a public key; only who has the secret one opens it, and this machine does not. So that a sealed
file can still be checked here, it is made for a second key as well, which lives in memory until the check is done.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from .backup import BackupError

SUFFIX = ".age"
_HEAD = b"age-encryption.org/"
_WITHOUT = (
    "chưa cài phần mã hóa: pip install --require-hashes -r requirements/encryption.txt, rồi khởi động lại bot; "
    "hoặc sao lưu không mã hóa"
)
_CHUNK = 1 << 20


class _Recipient(Protocol):
    """A public key."""


class _Identity(Protocol):
    """A secret key; `str()` is its text."""

    def to_public(self) -> _Recipient: ...


class _Identities(Protocol):
    def generate(self) -> _Identity: ...

    def from_str(self, text: str) -> _Identity: ...


class _Recipients(Protocol):
    def from_str(self, text: str) -> _Recipient: ...


class _X25519(Protocol):
    Identity: _Identities
    Recipient: _Recipients


class _Age(Protocol):
    """The part of pyrage that is used here."""

    x25519: _X25519
    RecipientError: type[Exception]
    IdentityError: type[Exception]
    EncryptError: type[Exception]
    DecryptError: type[Exception]

    def encrypt_file(self, infile: str, outfile: str, recipients: Sequence[_Recipient]) -> None: ...

    def decrypt_file(self, infile: str, outfile: str, identities: Sequence[_Identity]) -> None: ...


def _age() -> _Age:
    """Return the library. Raises BackupError, with what to do, where it is not installed."""
    try:
        return cast("_Age", import_module("pyrage"))
    except ModuleNotFoundError:
        raise BackupError(_WITHOUT) from None


def is_sealed(path: Path) -> bool:
    """Tell whether a file is one that age encrypted. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(_HEAD)) == _HEAD


def new_key() -> tuple[str, str]:
    """Return a new key: its secret text, and its public one for the settings. Raises BackupError."""
    made = _age().x25519.Identity.generate()
    return str(made), str(made.to_public())


def check_public(text: str) -> str:
    """Return a public key's text without spaces around it. Raises BackupError."""
    age, text = _age(), text.strip()
    try:
        age.x25519.Recipient.from_str(text)
    except age.RecipientError:
        raise BackupError(f"{text[:12]}…: không phải khóa công khai (age1…)") from None
    return text


def seal(source: Path, target: Path, public: str) -> None:
    """Encrypt `source` into `target`, decrypt it for a trial, and compare. Raises BackupError and OSError."""
    age = _age()
    partial, again = target.with_name(f"{target.name}.part"), source.with_name(f"{source.name}.again")
    passing = age.x25519.Identity.generate()
    try:
        partial.touch(mode=0o600)
        age.encrypt_file(str(source), str(partial), [age.x25519.Recipient.from_str(public), passing.to_public()])
        again.touch(mode=0o600)
        age.decrypt_file(str(partial), str(again), [passing])
        if _digest(again) != _digest(source):
            raise BackupError(f"{target}: mã hóa rồi mở thử thì khác bản gốc")
        with partial.open("rb") as file:
            os.fsync(file.fileno())  # from here on the plain copy goes, and older ones with it
        partial.replace(target)
    except OSError as error:
        if error.filename == str(partial):
            error.filename = str(target)
        raise
    except age.RecipientError:
        raise BackupError("khóa mã hóa không phải khóa công khai (age1…)") from None
    except (age.EncryptError, age.DecryptError) as error:
        raise BackupError(f"{target}: không mã hóa được: {error}") from None
    finally:
        partial.unlink(missing_ok=True)
        again.unlink(missing_ok=True)


def unseal(source: Path, target: Path, secret: str) -> None:
    """Decrypt with the text of a file of secret keys. Raises BackupError and OSError."""
    age = _age()
    lines = [line.strip() for line in secret.splitlines() if line.strip() and not line.startswith("#")]
    try:
        keys = [age.x25519.Identity.from_str(line) for line in lines]
        target.touch(mode=0o600)
        age.decrypt_file(str(source), str(target), keys)
    except age.IdentityError:
        raise BackupError("tệp khóa không có khóa bí mật (AGE-SECRET-KEY-…)") from None
    except age.DecryptError:
        raise BackupError(f"{source}: không mở được bằng khóa này, hoặc tệp hỏng") from None


def _digest(path: Path) -> bytes:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            found.update(block)
    return found.digest()
