"""`python -m bot adapter-check MODULE`: does an adapter keep its contract, and do people get through on it?"""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path

from bot.core.platform import Platform
from bot.testing.rig import Case
from bot.testing.row import borne, row, table
from bot.testing.suite import items
from bot.testing.walks import WALKS, walk


class NoRig(Exception):
    """There are no cases in a module; the text says which."""


def check(module: str) -> int:
    """Check all cases of a module and print what they can show and bear; return 0 if all is kept."""
    # What is logged is looked at by the checks; on the screen it would only be in the way.
    logging.getLogger().addHandler(logging.NullHandler())
    broken = [_check(case) for case in _cases(module)]
    return 1 if any(broken) else 0


def _cases(module: str) -> Sequence[Case]:
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise NoRig(f"không có mô-đun {error.name!r} (chạy lệnh ở thư mục có mô-đun ấy)") from None
    cases: Sequence[Case] = getattr(found, "CASES", ())
    if not cases:
        raise NoRig(f"mô-đun {module!r} không có CASES (docs/adding-a-platform.md)")
    return cases


def _check(case: Case) -> int:
    contract = [(item, _outcome(item.run())) for item in items(case)]
    walks = {(kind, name): _outcome(walk(case, kind, name)) for kind in case.kinds for name in WALKS}
    broken = [f"{item.name.replace('_', ' ')}: {why}" for item, why in contract if why]
    broken += [f"{name} ({kind}): {why}" for (kind, name), why in walks.items() if why]
    print(f"{case.name}: {len(contract)} điều của hợp đồng, {len(walks)} cuộc trò chuyện")
    print("\n".join(f"  ✗ {line}" for line in broken) if broken else "  ✓ giữ đủ")
    print(f"\n{table(_rows(case))}")
    print(borne(f"`{case.name}`", {(item.check.name, item.fault): not why for item, why in contract}))
    for reason in dict.fromkeys(case.lacks.values()):
        print(f"  – {', '.join(sorted(name for name, why in case.lacks.items() if why == reason))}: {reason}")
    print()
    return len(broken)


def _outcome(trial: Coroutine[None, None, None]) -> str:
    """Return why something was not kept, "" if it was."""
    try:
        asyncio.run(trial)
    except Exception as error:
        return _why(error)
    return ""


def _why(error: Exception) -> str:
    words = str(error).partition("\n")[0] or type(error).__name__
    where = error.__traceback__
    while (
        where is not None and where.tb_next is not None and "/testing/suite/" not in where.tb_frame.f_code.co_filename
    ):
        where = where.tb_next
    line = f" ({Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno})" if where is not None else ""
    return f"{words}{line}"


def _rows(case: Case) -> list[str]:
    async def platform() -> Platform:
        async with case.open() as rig:
            return rig.platform

    declared = asyncio.run(platform()).capabilities
    return [row(f"`{case.name}`", kind, declared[kind]) for kind in case.kinds]
