"""`python -m bot doctor`: the faults of this installation and how each is mended, in sentences."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import bot
from bot.assembly import doctor
from bot.features.doctor.diagnosis import Diagnosis, Grade
from bot.framework.process import CLOCK
from bot.i18n import SOURCE, Catalogues, in_vietnamese
from bot.settings import Settings, SettingsError

_MARKS: Mapping[Grade, str] = {"good": "tốt ", "soon": "SỚM ", "bad": "LỖI "}
_ENV = Path(".env")


def look(settings: Callable[[], tuple[Settings, Mapping[str, str]]], *, as_json: bool) -> int:
    """Print what was found, broken things last; 1 when something is broken, else 0.

    `settings` reads the settings: that they are wrong is a finding, too.
    """
    try:
        read, environ = settings()
    except SettingsError as error:
        found = [doctor.wrong_settings(in_vietnamese(error))]
    else:
        if _as_the_owner_of(read.data_dir):
            found = asyncio.run(doctor.Doctor(read, environ, CLOCK, _ENV).from_outside())
        else:
            found = [doctor.unreadable_program(str(Path(bot.__file__).parent.parent))]
    translate = _translation()
    if as_json:
        print(json.dumps([_plain(one, translate) for one in found], ensure_ascii=False, indent=1))
    else:
        _tell(found, translate)
    return 1 if any(one.grade == "bad" for one in found) else 0


def _tell(found: Sequence[Diagnosis], translate: Callable[[str], str]) -> None:
    order: Sequence[Grade] = ("good", "soon", "bad")
    for one in sorted(found, key=lambda one: order.index(one.grade)):
        print(f"{_MARKS[one.grade]} {one.described(translate).plain}")
        if one.mend:
            print(f"      Sửa: {one.mended(translate).plain}")
    broken, soon = (sum(one.grade == grade for one in found) for grade in ("bad", "soon"))
    if broken or soon:
        print(f"\n{broken} điều phải sửa, {soon} điều nên làm sớm.")
    else:
        print("\nKhông thấy gì phải sửa.")


def _plain(one: Diagnosis, translate: Callable[[str], str]) -> dict[str, str]:
    said, mended = one.described(translate).plain, one.mended(translate).plain
    return {"check": one.check, "grade": one.grade, "what": said, "mend": mended}


def _translation() -> Callable[[str], str]:
    translate = Catalogues.load().translate
    return lambda text: translate(SOURCE, text)


def _as_the_owner_of(folder: Path) -> bool:
    """Go on as the bot's user when root looks: SQLite's side files would be root's, and the bot could not write them.

    So the folder is also seen with the rights that the bot has. False, and root stays root, when that user cannot even
    read the program.
    """
    if sys.platform == "win32" or os.geteuid() != 0 or not folder.is_dir():
        return True
    owner = folder.stat()
    if not owner.st_uid:
        return True
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    readable = all(os.access(module, os.R_OK, effective_ids=True) for module in (__file__, os.__file__))
    os.seteuid(0)
    os.setegid(0)
    if readable:
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    return readable
