"""How easily an old person follows a text that is read aloud: short sentences, words of every day, one task at a time.

Words quoted from a screen, in “…”, are the screen's and not ours. An office word may stand where it is explained at
once, in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from bot.core.lean import patterns

MAX_SYLLABLES = 20
"""Of a sentence in a guide: one breath."""

# Sino-Vietnamese words of offices, with what people say.
OFFICE_WORDS = {
    "bổ sung": "thêm",
    "chấm dứt": "thôi",
    "cung cấp": "đưa, cho",
    "đối với": "với, của",
    "đồng thời": "và",
    "gián đoạn": "đứt, ngừng",
    "hiển thị": "hiện",
    "hoàn tất": "làm xong",
    "hoàn thành": "làm xong",
    "hoàn trả": "trả lại",
    "kê khai": "khai",
    "khởi tạo": "tạo",
    "kịp thời": "sớm",
    "liên hệ": "gọi, hỏi",
    "nêu trên": "ở trên",
    "nhằm": "để",
    "niêm yết": "dán, ghi trên bảng",
    "phát sinh": "có thêm",
    "phê duyệt": "duyệt",
    "quý khách": "bác",
    "sử dụng": "dùng",
    "theo quy định": "theo giấy nào, hạn nào",
    "thông qua": "qua",
    "thực hiện": "làm",
    "thụ lý": "nhận, xem",
    "tiếp nhận": "nhận",
    "tối đa": "nhiều nhất",
    "tối thiểu": "ít nhất",
    "triển khai": "làm",
    "tuân thủ": "làm theo",
    "tương ứng": "đúng",
    "vô hiệu": "không dùng được",
    "vui lòng": "bỏ đi, nói thẳng việc",
    "xuất trình": "đưa",
}

Kind = Literal["long", "office", "tasks"]

QUOTED = patterns.compile(r"“[^”]*”|\"[^\"]*\"")
"""Words on a screen, which are no words of ours."""
_SENTENCE = patterns.compile(r"(?<=[.!?…])[”\"')]*\s+|\n+")
# Nouns of everyday speech that contain one: who supplies electricity, who is to be asked.
_EVERYDAY = patterns.compile(r"\b(?:nhà cung cấp|người liên hệ)\b", re.IGNORECASE)
_OFFICE = patterns.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, OFFICE_WORDS))})(?!\w)(?! \()", re.IGNORECASE)
_THEN = patterns.compile(r"(?<!\w)(?:rồi(?= \w)|sau đó|tiếp đó|xong thì|đồng thời)(?!\w)", re.IGNORECASE)


class Fault(Struct, frozen=True):
    """`words` are the beginning of the sentence, or the word; `count` is the sentence's length in syllables."""

    kind: Kind
    words: str
    count: int = 0


def sentences(text: str) -> list[str]:
    return [one for one in _SENTENCE.split(text) if one.strip()]


def faults(text: str, most: int = MAX_SYLLABLES) -> Iterator[Fault]:
    """Yield what makes a text hard to follow; Vietnamese writes each syllable by itself."""
    for sentence in sentences(text):
        syllables = [word for word in sentence.split() if any(char.isalnum() for char in word)]
        if len(syllables) > most:
            yield Fault("long", " ".join(syllables[:5]), len(syllables))
        own = QUOTED.sub(" ", sentence)
        if len(_THEN.findall(own)) > 1:
            yield Fault("tasks", " ".join(syllables[:5]))
        yield from (Fault("office", word) for word in _OFFICE.findall(_EVERYDAY.sub(" ", own)))
