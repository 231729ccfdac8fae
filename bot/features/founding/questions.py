"""The questions of setting up, at most fifteen: what is asked, when, and how an answer is read.

The terminal and the page ask the same ones, in this order. An answer is kept as text in its normal form, by the key of
its question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import clean, fold, upper_first
from bot.features.commune.settings import KINDS

from .people import read_people
from .problem import AnswerProblem
from .provinces import province_named, provinces
from .villages import VillageLine, read_households, read_villages, village_named

Answers = Mapping[str, str]
Kind = Literal["line", "lines", "choice", "secret"]

COMMUNE, PROVINCE, VILLAGES, HOUSEHOLDS, PEOPLE = "xa", "tinh", "thon", "so_ho", "nguoi"
CONTACT, MESSENGER, TOKEN, SECOND, SECOND_TOKEN = "lien_he", "ung_dung", "ma_ung_dung", "cach_zalo", "ma_zalo"
ADDRESS, QUIET, LETTERHEAD, FIRST_VILLAGE, FIRST_WORDS = (
    "dia_chi", "gio_yen_lang", "van_ban", "thon_dau_tien", "loi_dau_tien",
)  # fmt: skip
WORKBOOK = "bat-dau.xlsx"
"""The answer to the question about people if they come as a workbook: its copy in the data folder."""
NONE, RELAY = "khong", "dua-tin"
DEFAULT_QUIET, NO_QUIET = "21:00-06:00", "00:00-00:00"
HEAD_LINES: Mapping[str, tuple[str, ...]] = {
    "chair_name": ("Chủ tịch",),
    "deputy_name": ("Phó Chủ tịch",),
    "place": ("Địa danh",),
    "address": ("Địa chỉ",),
    "email": ("Email", "Thư điện tử"),
    "website": ("Trang web", "Website"),
    "symbol": ("Bộ phận", "Ký hiệu"),
}
"""Setting of the letterhead → how its line begins."""
_GREETING = "Từ nay tin của Ủy ban nhân dân {commune} tới nhóm này, tin nào cũng ghi tên Ủy ban và số của tin."
_CONFIRM = " Bà con đọc xong, tổ trưởng bấm hoặc nhắn “Đã nhận” giúp xã."
_HOURS = patterns.compile(
    r"(\d{1,2})(?:[:hg.](\d{2})?)?(?:\s*giờ)?\s*(?:-|–|đến|tới)\s*(\d{1,2})(?:[:hg.](\d{2})?)?(?:\s*giờ)?"
)
_LONGEST_WORDS = 1500


class ChoiceOption(Struct, frozen=True):
    key: str
    label: str


class MessengerChoice(Struct, frozen=True):
    """A messenger that an installation can use. `parts` name what it wants to know, one line each.

    `beside`: it is offered in the question about Zalo, not as the first one. `about` tells in half a sentence what it
    can do, `how` where its token comes from.
    """

    key: str
    label: str
    about: str
    how: str
    parts: tuple[str, ...]
    beside: bool = False
    needs_address: bool = False


class Taken(Struct, frozen=True):
    """An answer in its normal form, and what to tell whoever gave it."""

    value: str
    note: str = ""


def _lacks_households(answers: Answers) -> bool:
    if VILLAGES not in answers:
        return False
    found, _ = read_villages(answers[VILLAGES], commune_of(answers)[0])
    return any(one.households is None for one in found)


def _always(answers: Answers) -> bool:
    return True


def _as_typed(text: str, answers: Answers) -> Taken:
    return Taken(" ".join(clean(text).split()))


class Question(Struct, frozen=True):
    """One question. `read` raises AnswerProblem; `wanted` says whether it is asked at all.

    `default` is the answer of whoever only presses Enter; an `optional` one may be left empty. `takes_file`: a workbook
    may be given in place of an answer.
    """

    key: str
    title: str
    hint: str
    kind: Kind
    read: Callable[[str, Answers], Taken] = _as_typed
    wanted: Callable[[Answers], bool] = _always
    choices: Callable[[Answers], Sequence[ChoiceOption]] = lambda answers: ()
    default: Callable[[Answers], str] = lambda answers: ""
    optional: bool = False
    takes_file: bool = False

    @property
    def is_private(self) -> bool:
        """Whether the answer is kept only until it is used: a secret, or people's names."""
        return self.kind == "secret" or self.key == PEOPLE

    def take(self, text: str, answers: Answers) -> Taken:
        """Read an answer as it was typed; raise AnswerProblem."""
        given = text if text.strip() else self.default(answers)
        if not given.strip():
            if self.optional:
                return Taken("")
            raise AnswerProblem("Câu này phải có câu trả lời.", self.key)
        try:
            return self.read(given, answers)
        except AnswerProblem as problem:
            raise AnswerProblem(str(problem), self.key) from None


def questions(messengers: Sequence[MessengerChoice]) -> Sequence[Question]:
    """Return all questions in their order."""
    by_key = {one.key: one for one in messengers}

    def messenger(answers: Answers) -> MessengerChoice | None:
        return by_key.get(answers.get(MESSENGER, ""))

    def second(answers: Answers) -> MessengerChoice | None:
        return by_key.get(answers.get(SECOND, ""))

    return (
        *_about_the_commune(),
        Question(
            MESSENGER, "Cán bộ, Tổ trưởng nhắn với bot bằng ứng dụng nào?",
            "Chưa có thì chọn “chưa dùng”: bà con vẫn xem bài trên trang, lúc nào có thì chạy lại để thêm.",
            "choice", _chosen(lambda answers: _firsts(messengers)), choices=lambda answers: _firsts(messengers),
            default=lambda answers: _firsts(messengers)[0].key,
        ),
        Question(
            TOKEN, "Mã (token) của bot", "", "secret", _parts_of(messenger),
            wanted=lambda answers: bool(messenger(answers)),
        ),
        Question(
            SECOND, "Nhóm Zalo của các thôn thì tin tới bằng cách nào?",
            "Chọn “người đưa tin” thì bà con không phải cài gì: tổ trưởng nhận tin sạch rồi dán vào nhóm.",
            "choice", _way(messengers), choices=lambda answers: _ways(messengers),
            default=lambda answers: RELAY if answers.get(MESSENGER, NONE) != NONE else NONE,
        ),
        Question(
            SECOND_TOKEN, "Mã của Zalo", "", "secret", _parts_of(second), wanted=lambda answers: bool(second(answers)),
        ),
        Question(
            ADDRESS, "Địa chỉ công khai của trang (tên miền)",
            "Ví dụ https://bot.xa-cua-bac.gov.vn. Chưa có thì để trống: bot vẫn chạy, chỉ thiếu trang cho người ở xa.",
            "line", _address(lambda answers: [one for one in (messenger(answers), second(answers)) if one]),
            default=lambda answers: NONE,
        ),
        *_about_the_office(),
        *_about_the_first_words(lambda answers: bool(messenger(answers) or second(answers))),
    )  # fmt: skip


def _about_the_commune() -> Sequence[Question]:
    return (
        Question(COMMUNE, "Tên xã, phường hoặc đặc khu", "Ví dụ: xã Yên Mô", "line", _commune),
        Question(
            PROVINCE, "Tỉnh, thành phố", "Gõ số hoặc tên.", "choice", lambda text, answers: Taken(_province(text)),
            choices=lambda answers: [ChoiceOption(one.name, f"{one.kind} {one.name}") for one in provinces()],
        ),
        Question(
            VILLAGES, "Các thôn, xóm, tổ dân phố",
            "Dán danh sách, mỗi dòng một thôn. Có số hộ thì ghi sau dấu chấm phẩy: thôn Lạc Hiền; 120",
            "lines", _villages,
        ),
        Question(
            HOUSEHOLDS, "Số hộ của các thôn còn thiếu",
            "Mỗi dòng “tên thôn; số hộ”, hoặc chỉ các số theo đúng thứ tự. Chưa có thì để trống.",
            "lines", _households, optional=True,
            wanted=_lacks_households,
        ),
        Question(
            PEOPLE, "Cán bộ xã, Tổ trưởng, thành viên",
            "Mỗi dòng “họ tên; vai trò; thôn; số điện thoại”, ví dụ: Trần Thị Hạnh; Tổ trưởng; Lạc Hiền; 0912 345 678. "
            "Hoặc một tệp Excel. Cần sự đồng ý của người được ghi. Để trống cũng được: mời từng người sau.",
            "lines", _people, optional=True, takes_file=True,
        ),
        Question(
            CONTACT, "Số điện thoại và giờ tiếp bà con",
            "Ví dụ: 0229 3861 234; thứ Hai đến thứ Sáu, 7 giờ 30 đến 17 giờ. Bot chỉ bà con gọi số này.",
            "line", _contact, optional=True,
        ),
    )  # fmt: skip


def _about_the_office() -> Sequence[Question]:
    return (
        Question(
            QUIET, "Giờ yên lặng: không gửi tin thường", "Ví dụ 21:00-06:00. Gõ “không” nếu lúc nào cũng gửi.", "line",
            _quiet, default=lambda answers: DEFAULT_QUIET,
        ),
        Question(
            LETTERHEAD, "Phần đầu và phần ký của văn bản",
            "Mỗi dòng một mục: “Chủ tịch: Nguyễn Văn A”, “Phó Chủ tịch: …”, “Địa danh: …”, “Địa chỉ: …”, “Email: …”, "
            "“Trang web: …”, “Bộ phận: VHXH”. Để trống cũng được.",
            "lines", _letterhead, optional=True,
        ),
    )  # fmt: skip


def _about_the_first_words(has_messenger: Callable[[Answers], bool]) -> Sequence[Question]:
    return (
        Question(
            FIRST_VILLAGE, "Thôn nào nhận tin đầu tiên?", "Gõ số hoặc tên. Chủ tịch duyệt rồi tin mới đi.", "choice",
            _first_village, wanted=has_messenger,
            choices=lambda answers: [
                *(ChoiceOption(one.full_name, one.full_name) for one in listed_villages(answers)),
                ChoiceOption(NONE, "Chưa gửi tin nào"),
            ],
            default=lambda answers: next((one.full_name for one in listed_villages(answers)), ""),
        ),
        Question(
            FIRST_WORDS, "Lời của tin đầu tiên", "Để trống thì dùng lời chào soạn sẵn.", "lines", _first_words,
            wanted=lambda answers: has_messenger(answers) and answers.get(FIRST_VILLAGE, NONE) != NONE,
            default=_greeting,
        ),
    )  # fmt: skip


def _greeting(answers: Answers) -> str:
    """Return the usual first words; who passes them on by hand presses nothing in the group."""
    words = _GREETING.replace("{commune}", answers.get(COMMUNE, "xã"))
    return words if answers.get(SECOND) == RELAY else words + _CONFIRM


def open_questions(asked: Sequence[Question], answers: Answers) -> Sequence[Question]:
    """Return those that are asked after these answers."""
    return [one for one in asked if one.wanted(answers)]


def listed_villages(answers: Answers) -> Sequence[VillageLine]:
    """Return the villages with all that was said of them."""
    if VILLAGES not in answers:
        return []
    found, _ = read_villages(answers[VILLAGES], commune_of(answers)[0])
    return read_households(answers[HOUSEHOLDS], found) if answers.get(HOUSEHOLDS) else found


def commune_of(answers: Answers) -> tuple[str, str]:
    """Return kind and name: `xã`, `Yên Mô`."""
    kind, _, name = answers.get(COMMUNE, "").partition(" ")
    return ("đặc khu", name.removeprefix("khu ")) if kind == "đặc" else (kind, name)


def quiet_of(answers: Answers) -> tuple[time, time]:
    """Return the quiet hours; two equal times are none."""
    first, last = answers.get(QUIET, DEFAULT_QUIET).split("-")
    return time.fromisoformat(first), time.fromisoformat(last)


def letterhead_of(answers: Answers) -> Mapping[str, str]:
    """Return the settings of the letterhead that were answered."""
    lines = (line.partition(":") for line in answers.get(LETTERHEAD, "").splitlines())
    named = {fold(before): after.strip() for before, _, after in lines}
    return {key: named[word] for key, words in HEAD_LINES.items() for word in map(fold, words) if word in named}


def contact_of(answers: Answers) -> tuple[str, str]:
    """Return telephone and office hours, "" for none."""
    phone, _, hours = answers.get(CONTACT, "").partition(";")
    return phone.strip(), hours.strip()


def _commune(text: str, answers: Answers) -> Taken:
    words = " ".join(clean(text).split()).strip(" .")
    lowered = words.lower()
    kind = next((kind for kind in KINDS if fold(lowered).startswith(f"{fold(kind)} ")), "")
    name = words[len(kind) :].strip() if kind else words
    if not kind and fold(words).startswith(("thi tran ", "huyen ", "quan ", "tinh ")):
        raise AnswerProblem("Từ 1/7/2025 cấp này là xã, phường hoặc đặc khu: gõ như “xã Yên Mô”.")
    if not name or len(name) > 80 or not any(char.isalpha() or char.isdigit() for char in name):
        raise AnswerProblem("Gõ tên xã, ví dụ “xã Yên Mô”.")
    return Taken(f"{kind or KINDS[0]} {name}")


def _province(text: str) -> str:
    return province_named(text).name


def _villages(text: str, answers: Answers) -> Taken:
    found, note = read_villages(text, commune_of(answers)[0])
    counted = f"{len(found)} thôn."
    return Taken("\n".join(one.line for one in found), f"{counted} {note}".strip())


def _households(text: str, answers: Answers) -> Taken:
    known, _ = read_villages(answers.get(VILLAGES, ""), commune_of(answers)[0])
    found = read_households(text, known)
    new = [one for one, before in zip(found, known, strict=True) if before.households is None]
    return Taken("\n".join(one.line for one in new if one.households is not None))


def _people(text: str, answers: Answers) -> Taken:
    if text.strip() == WORKBOOK:
        return Taken(WORKBOOK)
    found = read_people(text, listed_villages(answers))
    return Taken("\n".join(one.line for one in found), f"{len(found)} người.")


def _contact(text: str, answers: Answers) -> Taken:
    phone, _, hours = " ".join(clean(text).split()).partition(";")
    digits = re.sub(r"\D", "", phone)
    if not 3 <= len(digits) <= 12 or len(phone) > 40 or len(hours) > 200:
        raise AnswerProblem(
            "Gõ số điện thoại trước, rồi dấu chấm phẩy và giờ, ví dụ “0229 3861 234; 7 giờ 30 đến 17 giờ”."
        )
    return Taken("; ".join(filter(None, (phone.strip(), hours.strip()))))


def _chosen(offered: Callable[[Answers], Sequence[ChoiceOption]]) -> Callable[[str, Answers], Taken]:
    def read(text: str, answers: Answers) -> Taken:
        options, words = offered(answers), fold(text).strip(" .")
        if words.isdecimal() and 1 <= int(words) <= len(options):
            return Taken(options[int(words) - 1].key)
        for one in options:
            if words in (fold(one.key), fold(one.label), fold(one.label.partition(":")[0])):
                return Taken(one.key)
        raise AnswerProblem(f"Không có “{text.strip()[:40]}” trong danh sách: gõ số từ 1 đến {len(options)}.")

    return read


def _firsts(messengers: Sequence[MessengerChoice]) -> Sequence[ChoiceOption]:
    named = [ChoiceOption(one.key, f"{one.label}: {one.about}") for one in messengers if not one.beside]
    return [*named, ChoiceOption(NONE, "Chưa dùng: chỉ trang cho bà con")]


def _ways(messengers: Sequence[MessengerChoice]) -> Sequence[ChoiceOption]:
    return [
        ChoiceOption(RELAY, "Người đưa tin: tổ trưởng nhận tin, dán vào nhóm Zalo sẵn có"),
        *(ChoiceOption(one.key, f"{one.label}: {one.about}") for one in messengers if one.beside),
        ChoiceOption(NONE, "Không dùng Zalo: thôn lập nhóm ở ứng dụng đã chọn"),
    ]


def _way(messengers: Sequence[MessengerChoice]) -> Callable[[str, Answers], Taken]:
    choose = _chosen(lambda answers: _ways(messengers))

    def read(text: str, answers: Answers) -> Taken:
        taken = choose(text, answers)
        if taken.value == RELAY and answers.get(MESSENGER, NONE) == NONE:
            raise AnswerProblem(
                "Người đưa tin nhắn với bot qua một ứng dụng: chọn ứng dụng ở câu trước, hoặc chọn Zalo Bot."
            )
        return taken

    return read


def _parts_of(messenger: Callable[[Answers], MessengerChoice | None]) -> Callable[[str, Answers], Taken]:
    """Read as many lines as the messenger wants to know; whether they are right only its vendor can tell."""

    def read(text: str, answers: Answers) -> Taken:
        wanted = messenger(answers)
        lines = [line.strip() for line in clean(text).splitlines() if line.strip()]
        if wanted is None or len(lines) != len(wanted.parts) or any(" " in line for line in lines):
            parts = () if wanted is None else wanted.parts
            raise AnswerProblem(f"Cần {len(parts)} dòng, mỗi dòng một mã, không có dấu cách: {'; '.join(parts)}.")
        return Taken("\n".join(lines))

    return read


def _address(used: Callable[[Answers], Sequence[MessengerChoice]]) -> Callable[[str, Answers], Taken]:
    def read(text: str, answers: Answers) -> Taken:
        wanting = [one.label for one in used(answers) if one.needs_address]
        words = text.strip().rstrip("/")
        if fold(words) in ("khong", "chua co", NONE):
            if wanting:
                raise AnswerProblem(
                    f"{wanting[0]} gọi tới địa chỉ https của xã nên phải có: gõ địa chỉ, hoặc chọn cách khác."
                )
            return Taken("")
        address = words if "://" in words else f"https://{words}"
        try:
            parts = urlsplit(address)
            whole = bool(parts.hostname) and parts.port != 0 and address == f"{parts.scheme}://{parts.netloc}"
        except ValueError:
            whole = False
        if not whole or parts.scheme not in ("http", "https") or "@" in parts.netloc or not address.isascii():
            raise AnswerProblem("Gõ địa chỉ của cả trang, không kèm đường dẫn, ví dụ https://bot.xa-cua-bac.gov.vn")
        if wanting and parts.scheme != "https":
            raise AnswerProblem(f"{wanting[0]} chỉ gọi tới địa chỉ https: gõ địa chỉ bắt đầu bằng https://")
        return Taken(address)

    return read


def _quiet(text: str, answers: Answers) -> Taken:
    if fold(text).strip(" .") in ("khong", "khong co", NONE):
        return Taken(NO_QUIET)
    found = _HOURS.fullmatch(text.strip().lower())
    try:
        if found is None:
            raise ValueError
        first, last = time(int(found[1]), int(found[2] or 0)), time(int(found[3]), int(found[4] or 0))
    except ValueError:
        raise AnswerProblem("Gõ hai giờ như 21:00-06:00, hoặc “không”.") from None
    return Taken(f"{first:%H:%M}-{last:%H:%M}")


def _letterhead(text: str, answers: Answers) -> Taken:
    known = {fold(word): key for key, words in HEAD_LINES.items() for word in words}
    kept = []
    for line in filter(str.strip, clean(text).splitlines()):
        before, colon, after = (part.strip() for part in line.partition(":"))
        if not colon or fold(before) not in known or not after:
            raise AnswerProblem(f"“{line.strip()[:60]}”: viết như “Chủ tịch: Nguyễn Văn A”, tên mục trong gợi ý.")
        if len(after) > (20 if known[fold(before)] == "symbol" else 200):
            raise AnswerProblem(f"“{before}” dài quá: rút gọn lại.")
        if known[fold(before)] == "website" and not after.startswith(("http://", "https://")):
            after = f"https://{after}"
        kept.append(f"{upper_first(before)}: {after}")
    return Taken("\n".join(kept))


def _first_village(text: str, answers: Answers) -> Taken:
    villages, words = listed_villages(answers), text.strip()
    at = int(words) if words.isdecimal() else 0
    named = village_named(words, villages)
    if fold(words) in (NONE, "chua gui tin nao") or at == len(villages) + 1:
        return Taken(NONE)
    if named is None and not 1 <= at <= len(villages):
        raise AnswerProblem(
            f"Không có thôn “{words[:40]}” trong danh sách: gõ tên thôn hoặc số từ 1 đến {len(villages)}."
        )
    return Taken((named or villages[at - 1]).full_name)


def _first_words(text: str, answers: Answers) -> Taken:
    words = clean(text).strip()
    if len(words) > _LONGEST_WORDS:
        raise AnswerProblem(f"Lời dài {len(words)} chữ cái, nhiều nhất {_LONGEST_WORDS}: rút gọn lại.")
    return Taken(words)
