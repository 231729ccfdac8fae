"""Words that mean danger now: the answer begins with the number to call.

A sign is a phrase. With marks it must have the right ones; without marks it counts only where no everyday phrase
looks the same (`chay` may be fire, a run or a meal without meat). Learning about a danger is no danger, and a street
lamp that burnt out is no fire.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from string import digits
from typing import Literal

from msgspec import Struct

from bot.core.text import clean, fold
from bot.i18n import msg

from .spelling import folded, mark_key, untangle, words

Number = Literal["111", "113", "114", "115", "bank"]
MAX_CHARACTERS = 2000


class Emergency(Struct, frozen=True):
    """`numbers` in the order to call them, "bank" stands for the number on the person's own card.

    `line` is the first line to say (a msgid).
    """

    numbers: tuple[Number, ...]
    line: str


FIRE = Emergency(
    ("114",), msg("Gọi ngay **114** (cứu hỏa). Bác ra khỏi chỗ cháy và hô to cho mọi người xung quanh biết.")
)
DROWNING = Emergency(
    ("114", "115"),
    msg("Gọi ngay **114** (cứu nạn), rồi **115** (cấp cứu). Bác ném phao, dây hoặc sào; đừng tự nhảy xuống nước."),
)
INJURY = Emergency(
    ("115",), msg("Gọi ngay **115** (cấp cứu). Bác nói rõ đang ở đâu, người bị nạn ra sao, rồi làm theo lời họ.")
)
DESPAIR = Emergency(
    ("115",), msg("Gọi ngay **115** (cấp cứu). Bác đừng ở một mình, hãy gọi người thân hoặc hàng xóm sang ngay.")
)
VIOLENCE = Emergency(("113",), msg("Gọi ngay **113** (công an). Bác tới chỗ an toàn, có đông người."))
MISSING = Emergency(
    ("113",),
    msg("Gọi ngay **113** (công an) và báo trưởng thôn. Bác nói rõ người lạc mặc gì, thấy lần cuối ở đâu, lúc nào."),
)
HAZARD = Emergency(
    ("114",),
    msg(
        "**Tránh xa chỗ đó**, đừng chạm vào, giữ mọi người ở xa. Có người bị nạn, bị kẹt thì gọi ngay **114**. "
        "Rồi bác báo trưởng thôn."
    ),
)
BITE = Emergency(
    ("115",),
    msg(
        "Rửa ngay vết cắn bằng xà phòng dưới vòi nước **15 phút**, rồi đến trạm y tế trong ngày để tiêm phòng dại. "
        "Chảy máu nhiều thì gọi **115**."
    ),
)
MONEY = Emergency(
    ("bank", "113"),
    msg(
        "Gọi ngay **ngân hàng** theo số in sau thẻ để khóa tài khoản, rồi báo Công an xã hoặc gọi **113**. "
        "Bác không chuyển thêm tiền cho ai."
    ),
)
MISSENT = Emergency(
    ("bank",),
    msg(
        "Gọi ngay **ngân hàng** theo số in sau thẻ, nói là chuyển nhầm; giữ lại ảnh màn hình. "
        "Người lạ chuyển nhầm cho bác thì cũng để ngân hàng trả lại, bác không tự chuyển."
    ),
)


RANSOM = Emergency(
    ("113",),
    msg(
        "**Khoan chuyển tiền**: gọi báo tin dữ rồi giục chuyển tiền là cách lừa hay gặp. Bác cúp máy, gọi lại số "
        "cũ của "
        "người nhà. Bị dọa, bị giục thì gọi **113** (công an). Lỡ chuyển rồi thì gọi ngay ngân hàng theo số in sau thẻ."
    ),
)
"""The writer was told of an accident and is to pay for it."""


RESCUE = Emergency(("114",), msg("Gọi ngay **114** (cháy, cứu nạn). Bác ra chỗ an toàn và gọi mọi người xung quanh."))
FRAUD = Emergency(
    ("bank", "113"),
    msg(
        "**Khoan chuyển tiền, khoan đọc mã.** Lỡ rồi thì gọi ngay **ngân hàng** theo số in sau thẻ để khóa tài khoản. "
        "Sau đó gọi **113** (công an)."
    ),
)
CHILD = Emergency(
    ("111", "113"),
    msg(
        "Gọi ngay **111** (bảo vệ trẻ em, gọi lúc nào cũng được). Trẻ đang bị đánh, bị nhốt thì gọi **113** (công an)."
    ),
)
UNKNOWN = Emergency(
    ("113", "114", "115"),
    msg(
        "Gọi ngay **113** (công an), **114** (cháy, cứu nạn) hoặc **115** (cấp cứu). "
        "Bác hô to cho mọi người xung quanh biết."
    ),
)
NAMED: Mapping[str, Emergency] = {
    "fire": FIRE,
    "drowning": DROWNING,
    "injury": INJURY,
    "despair": DESPAIR,
    "violence": VIOLENCE,
    "missing": MISSING,
    "hazard": HAZARD,
    "bite": BITE,
    "money": MONEY,
    "missent": MISSENT,
    "ransom": RANSOM,
    "rescue": RESCUE,
    "fraud": FRAUD,
    "child": CHILD,
    "unknown": UNKNOWN,
}
"""By the name under which a conversation remembers it."""
"""The writer cries for help and does not say why."""

CALLED = {
    "111": msg("bảo vệ trẻ em"),
    "112": msg("tìm kiếm cứu nạn"),
    "113": msg("công an"),
    "114": msg("cháy, cứu nạn"),
    "115": msg("cấp cứu"),
}
"""The service that each emergency number reaches."""

TOLD_BY_GUIDES = (MONEY, MISSENT, RANSOM, HAZARD, FRAUD)
"""Whatever else has to be done then stands in guides."""

# The gravest first; a cry for help is about whatever else is said.
_KINDS = {
    "fire": FIRE,
    "drowning": DROWNING,
    "despair": DESPAIR,
    "injury": INJURY,
    "violence": VIOLENCE,
    "missing": MISSING,
    "hazard": HAZARD,
    "bite": BITE,
    "money": MONEY,
    "missent": MISSENT,
    "unknown": UNKNOWN,
}
_TOLD, _TO_PAY, _LURE = "told", "pay", "lure"
_LEARNING = "learning"
_CLAIM = "claim"  # asks for money after an accident, which is over
_LEARNING_REACH = 6  # words from "phòng tránh" to the danger it speaks of
_BURNS, _LAMP, _BLAZE = "burns", "lamp", "blaze"
_LAMP_REACH = 8  # words from the lamp to what is said of it
_BURNT_OUT = (
    "rồi hết mất từ hôm mấy đã lâu cả không ko chưa ai nhờ cần báo xin đề mong cái bị một hai ba 1 2 3 ở ngoài trước "
    "sau"
)
"""Words said about a lamp that burnt out. Another word may be what burns now: “bóng đèn cháy tủ”."""
_FIRST_ONLY = "*"
_LONGEST_CALL = 60
_FIGURES = {
    "một": "1", "mốt": "1", "hai": "2", "ba": "3", "bốn": "4", "tư": "4", "năm": "5", "lăm": "5",
    "mot": "1", "bon": "4", "tu": "4", "nam": "5", "lam": "5",
}  # fmt: skip
_CALLING = (
    *("gọi", "số", "điện", "thoại", "bấm", "quay", "alo", "tôi", "mình", "em", "cháu", "cho", "giúp", "gấp", "ngay"),
    *("mau", "lên", "với", "đi", "ạ", "à", "ơi", "nhé", "đây", "cứu"),
)
_CALLS = frozenset(_CALLING) | frozenset(map(fold, _CALLING))
"""Words that only ask for the call. “Gói” and “sổ” are none of them."""
_SUDDENLY = ["tu", "dung"]  # “tự dưng” without its marks ends in no “đừng”
_NO = "không ko k chẳng khỏi đỡ sợ tránh kẻo đừng chưa chống phòng ngừa"


class _Sign(Struct, frozen=True):
    """One way to say a row of `emergency.tsv`; of the neighbours that take it back all marked words and folded ones."""

    kind: str
    keys: tuple[str, ...]
    bare: tuple[str, ...]
    bare_counts: bool
    not_after: frozenset[str]
    not_before: frozenset[str]
    first_only: bool

    def stands(self, at: int, keys: Sequence[str], bare: Sequence[str]) -> bool:
        """Tell whether the sign stands at word `at` of a message."""
        stop = at + len(self.keys)
        if tuple(bare[at:stop]) != self.bare or (at and self.first_only):
            return False
        if at and keys[at - 1] in self.not_after and bare[max(0, at - 2) : at] != _SUDDENLY:
            return False
        if stop < len(keys) and keys[stop] in self.not_before:
            return False
        return all(self._is(*pair) for pair in zip(self.keys, self.bare, keys[at:stop], bare[at:stop], strict=True))

    def _is(self, key: str, plain: str, typed: str, typed_plain: str) -> bool:
        return typed == key or (self.bare_counts and typed == typed_plain == plain)


@cache
def _signs() -> Mapping[str, tuple[_Sign, ...]]:
    """Return the signs by their first word, folded."""
    found: dict[str, list[_Sign]] = defaultdict(list)
    for row in files(__package__).joinpath("emergency.tsv").read_text("utf-8").splitlines():
        if row and not row.startswith("#"):
            for sign in _made(*row.split("\t")):
                found[sign.bare[0]].append(sign)
    return {first: tuple(signs) for first, signs in found.items()}


def _made(kind: str, phrases: str, bare: str = "", not_after: str = "", not_before: str = "") -> Iterator[_Sign]:
    """Make a sign for each way to say `phrases`: `ngã|té (xuống) ao` are four."""
    ways = [("", *part[1:-1].split("|")) if part[0] == "(" else part.split("|") for part in phrases.split()]
    for way in product(*ways):
        phrase = _typed(" ".join(filter(None, way)).replace("_", " "))
        yield _Sign(
            kind,
            tuple(map(mark_key, phrase)),
            tuple(map(fold, phrase)),
            bare == "x",
            _either(not_after.replace("KHÔNG", _NO)),
            _either(not_before),
            not_after == _FIRST_ONLY,
        )


def _typed(text: str) -> list[str]:
    """Return the words, raw keys made letters; the unit of an amount alone: `tr` of “30tr”."""
    return [_letters(word.lstrip(digits) or word) for word in words(text)]


@lru_cache(maxsize=4096)
def _letters(word: str) -> str:
    return untangle(word) or word


@lru_cache(maxsize=4096)
def _heard(word: str) -> tuple[str, str]:
    """Return the word with its marks and without; people say the same few thousand words."""
    return mark_key(word), fold(word)


@cache
def _either(neighbours: str) -> frozenset[str]:
    """Return these words with their marks and without any: `đỡ` and `do`, but not `đổ`."""
    return frozenset(map(mark_key, words(neighbours))) | frozenset(folded(neighbours))


def number_for(text: str) -> Emergency | None:
    """Return the gravest danger that `text` speaks of, in the order of `_KINDS`, or None."""
    found, keys = _found(text)
    if found.keys() >= {_TOLD, _TO_PAY} and found.keys() & {"injury", "violence"}:
        return RANSOM
    burning = [at for at in found.get(_BURNS, ()) if not _is_burnt_out(at, found.get(_LAMP, ()), keys)]
    if burning or found.keys() >= {_BURNS, _BLAZE}:
        return FIRE
    return next((emergency for kind, emergency in _KINDS.items() if kind in found), None)


def dialled(text: str) -> str | None:
    """Return the number that `text` asks to be called: `115`, `gọi 115 giúp tôi`, `1 1 5`, `một một lăm`; else None."""
    lowered = (word.lower() for word in words(clean(text[:_LONGEST_CALL])))
    figures = [_FIGURES.get(word, word) for word in lowered if word not in _CALLS]
    number = "".join(figures)
    return number if number in CALLED and all(map(str.isdecimal, figures)) else None


def sounds_like_a_trick(text: str) -> bool:
    """Tell whether a stranger asked for a payment, or for steps that open an account; no loss is known yet."""
    kinds = _found(text)[0].keys()
    return _TOLD in kinds and bool(kinds & {_TO_PAY, _LURE})


@lru_cache(maxsize=2)
def _found(text: str) -> tuple[Mapping[str, Sequence[int]], Sequence[str]]:
    """Return the positions of signs in `text` by kind, and its marked words; one message is asked about repeatedly."""
    typed = _typed(clean(text[:MAX_CHARACTERS]))
    heard = [_heard(word) for word in typed]
    keys, bare = [key for key, _ in heard], [plain for _, plain in heard]
    found: dict[str, list[int]] = defaultdict(list)
    learning_until = -1
    for at, first in enumerate(bare):
        kinds = {sign.kind for sign in _signs().get(first, ()) if sign.stands(at, keys, bare)}
        if _LEARNING in kinds:
            learning_until = at + _LEARNING_REACH
        elif at > learning_until:
            for kind in kinds:
                found[kind].append(at)
    if _CLAIM in found:
        found.pop("injury", None)
    return found, keys


def _is_burnt_out(at: int, lamps: Sequence[int], keys: Sequence[str]) -> bool:
    """Tell whether “cháy” at word `at` is a burnt-out lamp: “bóng đèn đường cháy rồi”, “cháy mất cái bóng đèn”."""
    before = any(0 < at - lamp <= _LAMP_REACH for lamp in lamps)
    pattern = _either(_BURNT_OUT)
    following = next((one for one in range(at + 1, len(keys)) if keys[one] not in pattern), len(keys))
    return following in lamps or (before and (at + 1 == len(keys) or following > at + 1))
