"""A guide for its teacher: how to demonstrate, what to warn of, what to ask afterwards.

The Ministry's guideline on community digital teams (“trực tiếp làm mẫu”): the helper shows it on their own phone, then
the resident does it on theirs. All particulars come from the guide itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.context import Translate
from bot.core.text import Text
from bot.i18n import msg

from .markdown import to_text
from .model import Guide, GuideStep
from .pages import localised, title

MOST = 3
"""Of warnings, questions and hard steps: it is read on a doorstep."""

_HEAD = msg("**Làm mẫu: {title}**\nKhoảng {minutes} phút cho mỗi người.")
_BEFORE = msg("**Trước khi đến:** bác xem hết bài và làm thử một lượt trên máy của mình.")
_WAY = msg(
    "**Cách dạy:**\n"
    "1. Bác làm trước trên máy của bác, vừa làm vừa nói. Đến chỗ trả tiền hay gửi hồ sơ thì dừng.\n"
    "2. Bà con tự làm trên máy của bà con. Bác chỉ vào màn hình, không cầm máy bấm thay.\n"
    "3. Bà con kể lại từng bước mà không cần bác nhắc."
)
_OWN_SECRETS = msg(
    "Mật khẩu, mã OTP (mã số gửi vào tin nhắn): bà con tự gõ, bác quay đi chỗ khác. Che số căn cước của cả hai."
)


def script(
    guide: Guide, locale: str, translate: Translate, values: Mapping[str, str], hard: Sequence[str] = ()
) -> Text:
    """Write a script to read before a home visit.

    `hard` are ids of steps at which people of this commune were stuck.
    """
    steps = {step.id: localised(guide, step, locale, translate) for step in guide.steps.values()}
    parts = [
        Text.of(translate(locale, _HEAD), title=title(guide, locale, translate), minutes=guide.minutes),
        Text.of(translate(locale, _BEFORE)),
        Text.of(translate(locale, _WAY)),
        Text.of(translate(locale, _OWN_SECRETS)),
    ]
    places = [to_text(steps[step].title, values) for step in hard if step in steps]
    warned = list(dict.fromkeys(text for step in steps.values() for text in _warnings(step, values)))
    asked = [_question(step, values) for step in steps.values() if step.quiz is not None]
    for heading, lines in (
        (msg("**Bà con xã mình hay kẹt ở:**"), places),
        (msg("**Dặn kỹ:**"), warned),
        (msg("**Hỏi lại bà con:**"), asked),
    ):
        if lines:
            parts.append(Text.join("\n", [Text.of(translate(locale, heading)), *map(_bullet, lines[:MOST])]))
    return Text.join("\n\n", parts)


def _warnings(step: GuideStep, values: Mapping[str, str]) -> list[Text]:
    return [to_text(block.text, values) for block in step.blocks if block.kind == "warning"]


def _question(step: GuideStep, values: Mapping[str, str]) -> Text:
    answer = to_text(step.quiz.choices[step.quiz.answer], values) if step.quiz is not None else Text.verbatim("")
    return Text.join(" → ", [to_text(step.title, values), answer])


def _bullet(line: Text) -> Text:
    return Text.verbatim("• ") + line
