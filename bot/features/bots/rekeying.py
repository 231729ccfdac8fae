"""Secrets of accounts under a new key of the installation: nobody has to fetch a token anew for it."""

from __future__ import annotations

from tortoise.connection import get_connections

from bot.core.platform import OF_ACCOUNT
from bot.storage.sealed_text import FORMS, SealBroken, is_current, seal, unseal
from bot.storage.sql import Sql

from . import accounts
from .values import row_of


async def rekeyed(old: bytes, new: bytes) -> tuple[int, list[str]]:
    """Seal all that opens with `old` with `new`, inside the caller's transaction.

    Returns how many there were, and the rows that neither key opens. Those that the new one opens stay as they are,
    unless they have an older form.
    """
    done = 0
    lost: list[str] = []
    for one in await accounts.every():
        again = _again(old, new, one.name, one.sealed)
        if again is not None and again != one.sealed:
            await accounts.reseal(one, again)
            done += 1
        elif again is None:
            lost.append(one.name)
    on = get_connections().get("default")
    sql = Sql(on)
    of_forms = " or ".join("value like ?" for _ in FORMS)
    rows = await sql.rows(
        f"select platform, key, value from platform_values where platform like ? and ({of_forms})",
        [f"%{OF_ACCOUNT}%", *(f"{form}.%" for form in FORMS)],
        on,
    )
    for row in rows:
        platform, key, value = str(row["platform"]), str(row["key"]), str(row["value"])
        again = _again(old, new, row_of(platform, key), value)
        if again is None:
            lost.append(row_of(platform, key))
        elif again != value:
            await sql.rows(
                "update platform_values set value = ? where platform = ? and key = ? and value = ? returning key",
                [again, platform, key, value],
                on,
            )
            done += 1
    return done, lost


def _again(old: bytes, new: bytes, row: str, sealed: str) -> str | None:
    for key in (new, old):
        try:
            text = unseal(key, row, sealed)
        except SealBroken:
            continue
        return sealed if key == new and is_current(sealed) else seal(new, row, text)
    return None
