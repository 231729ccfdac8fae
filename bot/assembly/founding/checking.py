"""Asking a messenger's vendor whose token it is. The vendor's API answers, nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

from bot import platforms
from bot.core.platform import Unreachable
from bot.features.founding.problem import AnswerProblem
from bot.features.founding.questions import MessengerChoice
from bot.i18n import in_vietnamese
from bot.platforms._shared.setup import Introduced, Setup, WrongToken
from bot.settings import SettingsError, options

PREFIX = "BOT_"


def setups() -> Mapping[str, Setup]:
    """Return the messengers that can be set up by questions, in the order in which they are offered."""
    folder = Path(next(iter(platforms.__path__)))
    named = [name for name in platforms.names() if (folder / name / "setup.py").exists()]
    found = {name: importlib.import_module(f"{platforms.__name__}.{name}.setup").SETUP for name in named}
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def choices(known: Mapping[str, Setup]) -> list[MessengerChoice]:
    """Return them as the questions have them."""
    return [
        MessengerChoice(name, one.label, one.about, one.how, parts, one.beside, one.needs_address)
        for name, one in known.items()
        for parts in (tuple(label for _, label in one.settings),)
    ]


def settings_of(name: str, setup: Setup, answer: str) -> dict[str, str]:
    """Return the settings that an answer with one line for each makes."""
    names = [f"{PREFIX}{name.upper()}_{option.upper()}" for option, _ in setup.settings]
    return dict(zip(names, answer.splitlines(), strict=True))


async def introduced(
    name: str, known: Mapping[str, Setup], values: Mapping[str, str], environ: Mapping[str, str]
) -> Introduced:
    """Ask the vendor who the bot is; `values` are settings over those of `environ`. Raises AnswerProblem."""
    setup = known[name]
    try:
        return await _ask(name, setup, {**environ, **values})
    except WrongToken as wrong:
        other = await _of_another(name, known, values, environ)
        if other:
            raise AnswerProblem(f"Mã này là của {other}, không phải của {setup.label}: chọn lại ứng dụng.") from None
        raise AnswerProblem(f"{setup.label} không nhận mã này: {wrong}.") from None
    except SettingsError as error:
        other = await _of_another(name, known, values, environ)
        if other:
            raise AnswerProblem(f"Mã này là của {other}, không phải của {setup.label}: chọn lại ứng dụng.") from None
        raise AnswerProblem(
            f"Mã viết chưa đúng ({in_vietnamese(error).partition(': ')[2]}): chép lại cả dòng."
        ) from None
    except Unreachable:
        raise AnswerProblem(
            f"Không gọi được {setup.label} ({setup.vendor}): máy chưa có mạng hoặc tường lửa chặn; nối mạng rồi "
            "thử lại, những câu đã trả lời còn nguyên."
        ) from None


async def _ask(name: str, setup: Setup, environ: Mapping[str, str]) -> Introduced:
    return await setup.introduce(options(environ, name, platforms.names()))


async def _of_another(
    name: str, known: Mapping[str, Setup], values: Mapping[str, str], environ: Mapping[str, str]
) -> str:
    """Return the label of another messenger that takes this one token, "" for none."""
    if len(values) != 1:
        return ""
    (token,) = values.values()
    for other, setup in known.items():
        if other != name and len(setup.settings) == 1:
            try:
                await _ask(other, setup, {**environ, **settings_of(other, setup, token)})
            except (WrongToken, SettingsError, Unreachable):
                continue
            return setup.label
    return ""
