"""The file that goes from a province to a viewer: the sums and a keyed hash of them."""

from __future__ import annotations

import hashlib
import hmac
import json

from pydantic import JsonValue, ValidationError

from .sums import ProvinceSums

LARGEST = 2_000_000
"""Bytes: a province of 1,000 communes and 45 indicators takes one."""


class Refused(Exception):
    """A file that is not taken; the text says why, for who brought it."""


def pack(sums: ProvinceSums, key: bytes) -> bytes:
    """Return the file."""
    told: JsonValue = sums.model_dump(mode="json")
    return json.dumps({"sums": told, "signature": _signature(told, key)}, ensure_ascii=False).encode()


def read(data: bytes, key: bytes) -> ProvinceSums:
    """Return the sums of a file that came from anywhere. Raises Refused; nothing is believed before its signature."""
    if len(data) > LARGEST:
        raise Refused("tệp quá lớn")
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused("không phải tệp số liệu của tỉnh") from None
    if not isinstance(found, dict) or set(found) != {"sums", "signature"}:
        raise Refused("không phải tệp số liệu của tỉnh")
    if not hmac.compare_digest(str(found["signature"]).encode(), _signature(found["sums"], key).encode()):
        raise Refused("chữ ký sai: tệp đã bị sửa, hoặc khóa không phải của tỉnh này")
    try:
        return ProvinceSums.model_validate(found["sums"])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Refused(f"sai mẫu ở {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _signature(told: JsonValue, key: bytes) -> str:
    plain = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, b"province-sums|" + plain.encode(), hashlib.sha256).hexdigest()
