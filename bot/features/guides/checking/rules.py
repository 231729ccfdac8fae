"""Rules on the content and length of guides: texts, labels, pictures and upkeep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import Text, fold, utf16_len
from bot.features.guides.asking import asks_secret
from bot.features.guides.contacts import Allowed
from bot.features.guides.findings import Code, FindingCollector
from bot.features.guides.markdown import plain, to_text
from bot.features.guides.model import GuideStep, Picture
from bot.features.guides.parse import Parsed
from bot.features.guides.schema import OWNERS, UNVERIFIED, ParsedFrontMatter

from .foreign import foreign_words
from .readability import MAX_SYLLABLES, OFFICE_WORDS, QUOTED, Fault, faults, sentences

MAX_OPTIONS = 8
MAX_START = 5
MAX_START_OPTIONS = 4
MAX_OPTION = 40
MAX_CHOICE = 60
MAX_TEXT = 600
MAX_STEP = 1800
MAX_EXPLANATION = 200
MAX_ALT = 300
MAX_PICTURE_BYTES = 1_000_000
MAX_ID_BYTES = 64
PICTURES = "img"

_JARGON = {
    "submit": "nộp",
    "download": "tải về",
    "upload": "tải lên",
    "login": "đăng nhập",
    "log in": "đăng nhập",
    "click": "bấm",
    "link": "đường dẫn",
    "app": "ứng dụng",
    "password": "mật khẩu",
    "account": "tài khoản",
    "online": "qua mạng",
    "offline": "không cần mạng",
    "file": "tệp",
    "update": "cập nhật",
    "email": "thư điện tử",
    "smartphone": "điện thoại thông minh",
    "browser": "trình duyệt",
    "website": "trang",
    "scan": "quét",
    "check": "kiểm tra",
    "truy cập": "mở",
    "giao diện": "màn hình",
    "hệ thống": "tên của trang hoặc ứng dụng",
    "tiến hành": "động từ chính, ví dụ nộp, mở, bấm",
    "thao tác": "việc phải làm, ví dụ bấm, gõ",
    "tính năng": "tên của mục trên màn hình",
    "mặc định": "sẵn có",
    "kiểm chứng": "xem thật hay giả",
}
_SHORT_FORMS = {
    "CCCD": "căn cước",
    "DVC": "dịch vụ công",
    "TTHC": "thủ tục hành chính",
    "TMĐT": "thương mại điện tử",
    "BHYT": "bảo hiểm y tế",
    "BHXH": "bảo hiểm xã hội",
    "UBND": "Ủy ban nhân dân",
    "CNSCĐ": "công nghệ số cộng đồng",
    "eKYC": "nhận biết khách hàng",
}
_JARGON_WORD = patterns.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _JARGON))})(?!\w| store)", re.IGNORECASE)
_SHORT_FORM = patterns.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _SHORT_FORMS))})(?!\w)")


class _Piece(Struct, frozen=True, dict=True):
    """A text for the reader; `read_by_people` if it is the bot's own advice (a wrong quiz choice is not)."""

    text: Text
    line: int
    read_by_people: bool = True
    prose: bool = True

    @cached_property
    def plain(self) -> str:
        return self.text.plain


def check_texts(parsed: Parsed, allowed: Allowed, report: FindingCollector, *, style: bool) -> None:
    """Check hosts, phones, requests for secrets and, as `style`, long sentences and jargon."""
    # What is longer than this is refused for its length; reading all of a hostile file would only take long.
    pieces = [piece for piece in _pieces(parsed) if len(piece.plain) <= 2 * MAX_STEP]
    for piece in pieces:
        for host in allowed.strange_hosts(piece.text):
            report.add(
                Code.UNKNOWN_HOST, piece.line, f"Địa chỉ “{host}” chưa được xã xác nhận. Hãy bỏ đi hoặc nhờ xã thêm."
            )
        for phone in allowed.strange_phones(piece.plain):
            report.add(
                Code.UNKNOWN_PHONE,
                piece.line,
                f"Số điện thoại “{phone}” chưa được xã xác nhận. Hãy bỏ đi hoặc nhờ xã thêm.",
            )
        if piece.read_by_people and asks_secret(piece.plain):
            message = "Không được xin mã OTP, mật khẩu, mã PIN, số căn cước, số tài khoản của bà con."
            report.add(Code.ASKS_SECRET, piece.line, message)
        if style and piece.prose:
            _check_prose(piece, report)
    if style:
        _check_short_forms(pieces, report)


def check_start(parsed: Parsed, report: FindingCollector) -> None:
    """Check the first page: an old person who meets a wall of words goes no further."""
    start = next((step.filled() for step in parsed.steps.values()), None)
    if start is None:
        return
    count = sum(len(sentences(to_text(block.text, {}).plain)) for block in start.blocks)
    if count > MAX_START:
        message = f"Trang đầu có {count} câu, nhiều nhất {MAX_START}. Hãy chuyển bớt sang bước sau."
        report.add(Code.CROWDED_START, start.line, message)
    if len(start.options) > MAX_START_OPTIONS:
        message = f"Trang đầu có {len(start.options)} lựa chọn, nhiều nhất {MAX_START_OPTIONS}. Hãy thêm một bước hỏi."
        report.add(Code.CROWDED_START, start.line, message)


def check_lengths(parsed: Parsed, report: FindingCollector) -> None:
    check_start(parsed, report)
    for step in (one.filled() for one in parsed.steps.values()):
        _check_step_length(step, report)
        if step.quiz is None:
            labels = [(option.label, option.line) for option in step.options]
            _check_labels(labels, Code.LONG_OPTION, MAX_OPTION, report)
        else:
            lines = parsed.quiz_lines[step.id]
            _check_labels(
                list(zip(step.quiz.choices, lines.choices, strict=True)), Code.LONG_CHOICE, MAX_CHOICE, report
            )
            if utf16_len(plain(step.quiz.explanation)) > MAX_EXPLANATION:
                message = f"Lời giải thích dài quá {MAX_EXPLANATION} chữ cái, hãy rút gọn."
                report.add(Code.LONG_EXPLANATION, lines.explanation, message)
        if len(parsed.slug) + len(step.id) + 4 > MAX_ID_BYTES:
            room = MAX_ID_BYTES - 4 - len(parsed.slug)
            report.add(
                Code.LONG_ID,
                step.line,
                f"Mã bước “{step.id}” dài quá, hãy rút còn {room} chữ hoặc đặt tên tệp ngắn hơn.",
            )


def check_pictures(parsed: Parsed, folder: Path, report: FindingCollector) -> None:
    for step in parsed.steps.values():
        if step.picture is not None and step.drawing is None:
            _check_picture(step.picture, folder, report)


def check_upkeep(front: ParsedFrontMatter, today: date, report: FindingCollector) -> None:
    values = front.values
    line = front.line("verified")
    if values.verified == UNVERIFIED:
        report.add(Code.UNVERIFIED, line, "Chưa có ai làm thử hướng dẫn này trên máy thật.")
    elif isinstance(values.verified, date):
        due = values.verified + timedelta(days=int(values.review_every.removesuffix("d")))
        if values.verified > today:
            report.add(Code.VERIFIED_FUTURE, line, "Ngày kiểm tra ở tương lai, hãy xem lại.")
        elif due < today:
            report.add(Code.REVIEW_OVERDUE, line, f"Đã quá hạn thử lại ngày {due:%d/%m/%Y}.")
    for key, role in (("owner", values.owner), ("stuck", values.stuck)):
        if role not in OWNERS:
            report.add(
                Code.UNKNOWN_OWNER,
                front.line(key),
                f"Vai trò “{role}” chưa có. Các vai trò: {', '.join(sorted(OWNERS))}.",
            )


def _pieces(parsed: Parsed) -> Iterator[_Piece]:
    if parsed.front is not None:
        values, line = parsed.front.values, parsed.front.line
        yield _Piece(Text.verbatim(values.title), line("title"))
        yield _Piece(Text.verbatim(values.audience), line("audience"), prose=False)
        for source in values.sources:
            yield _Piece(Text.verbatim(source), line("sources"), prose=False)
    for step in (one.filled() for one in parsed.steps.values()):
        yield _Piece(to_text(step.title, {}), step.line)
        for block in step.blocks:
            yield _Piece(to_text(block.text, {}), block.line)
        if step.picture is not None:
            yield _Piece(Text.verbatim(step.picture.alt), step.picture.line, prose=False)
        for option in step.options:
            yield _Piece(Text.verbatim(option.label), option.line)
        if step.quiz is not None:
            lines = parsed.quiz_lines[step.id]
            for at, (choice, choice_line) in enumerate(zip(step.quiz.choices, lines.choices, strict=True)):
                yield _Piece(Text.verbatim(choice), choice_line, read_by_people=at == step.quiz.answer)
            yield _Piece(to_text(step.quiz.explanation, {}), lines.explanation)


def _check_prose(piece: _Piece, report: FindingCollector) -> None:
    for fault in faults(piece.plain):
        report.add(*_hard(fault, piece))
    own = _own_words(piece)
    jargon = _JARGON_WORD.findall(own)
    if jargon and _JARGON_WORD.search(piece.plain) is not None:
        for word in jargon:
            instead = _JARGON[word.lower()]
            message = f"Chữ “{word}” khó hiểu, hãy viết “{instead}”, hoặc đặt trong “…” nếu là chữ trên màn hình."
            report.add(Code.JARGON, piece.line, message)
    rest = _JARGON_WORD.sub(" ", own) if jargon else own
    for word in foreign_words(rest) if piece.read_by_people else ():
        message = (
            f"Chữ “{word}” không phải tiếng Việt, hãy viết tiếng Việt, hoặc đặt trong “…” nếu là chữ trên màn hình."
        )
        report.add(Code.FOREIGN_WORD, piece.line, message)


def _hard(fault: Fault, piece: _Piece) -> tuple[Code, int, str]:
    """Return the finding about what makes a text hard to follow."""
    if fault.kind == "long":
        advice = f"Câu “{fault.words}…” dài {fault.count} tiếng, hãy tách câu (nhiều nhất {MAX_SYLLABLES})."
        return Code.LONG_SENTENCE, piece.line, advice
    if fault.kind == "tasks":
        return Code.TWO_TASKS, piece.line, f"Câu “{fault.words}…” bảo làm mấy việc liền, hãy tách mỗi việc một câu."
    instead = OFFICE_WORDS[fault.words.lower()]
    advice = f"Chữ “{fault.words}” là chữ giấy tờ, hãy viết “{instead}”, hoặc giải thích ngay trong ngoặc."
    return Code.OFFICE_WORD, piece.line, advice


def _check_short_forms(pieces: Sequence[_Piece], report: FindingCollector) -> None:
    whole = " ".join(piece.plain for piece in pieces).lower()
    for short, full in _SHORT_FORMS.items():
        if short.lower() not in whole or full.lower() in whole:
            continue
        first = next((one for one in pieces if one.prose and short in _SHORT_FORM.findall(_own_words(one))), None)
        if first is not None:
            report.add(Code.JARGON, first.line, f"Chữ tắt “{short}” phải được viết đủ một lần: “{full}”.")


def _own_words(piece: _Piece) -> str:
    """Return the author's own words, without text quoted from a screen: quotations, bold and code."""
    return QUOTED.sub(" ", " ".join(span.text for span in piece.text.spans if span.style == "plain"))


def _check_step_length(step: GuideStep, report: FindingCollector) -> None:
    lengths = [(block.kind, utf16_len(plain(block.text))) for block in step.blocks]
    texts = sum(length for kind, length in lengths if kind == "text")
    everything = sum(length for _, length in lengths)
    if texts > MAX_TEXT:
        report.add(
            Code.LONG_TEXT, step.line, f"Bước này dài {texts} chữ cái, nhiều nhất {MAX_TEXT}. Hãy tách thành hai bước."
        )
    if everything > MAX_STEP:
        report.add(
            Code.LONG_STEP, step.line, f"Bước này kể cả các khung dài {everything} chữ cái, nhiều nhất {MAX_STEP}."
        )


def _check_labels(labels: Sequence[tuple[str, int]], too_long: Code, limit: int, report: FindingCollector) -> None:
    if len(labels) > MAX_OPTIONS:
        report.add(
            Code.TOO_MANY_OPTIONS,
            labels[MAX_OPTIONS][1],
            f"Có {len(labels)} lựa chọn, nhiều nhất {MAX_OPTIONS}. Hãy chia thành hai bước.",
        )
    seen: set[str] = set()
    for label, line in labels:
        if not label:
            report.add(Code.EMPTY_OPTION, line, "Lựa chọn chưa có chữ.")
        elif utf16_len(label) > limit:
            report.add(too_long, line, f"Lựa chọn “{label[:20]}…” dài {utf16_len(label)} chữ cái, nhiều nhất {limit}.")
        elif fold(label) in seen:
            report.add(Code.DUPLICATE_OPTION, line, f"Lựa chọn “{label}” viết hai lần trong một bước.")
        seen.add(fold(label))


def _check_picture(picture: Picture, folder: Path, report: FindingCollector) -> None:
    if not picture.alt:
        report.add(
            Code.PICTURE_ALT, picture.line, "Ảnh cần lời tả trong ngoặc vuông: ![Trong ảnh có gì](img/ten-anh.png)."
        )
    if len(picture.alt) > MAX_ALT:
        report.add(Code.PICTURE_ALT, picture.line, f"Lời tả ảnh dài quá {MAX_ALT} chữ cái, hãy rút gọn.")
    root = (folder / PICTURES).resolve()
    file = (folder / picture.file).resolve()
    if "\\" in picture.file or ":" in picture.file or not file.is_relative_to(root):
        report.add(
            Code.PICTURE_OUTSIDE,
            picture.line,
            f"Ảnh “{picture.file}” phải nằm trong thư mục {PICTURES} của các hướng dẫn.",
        )
    elif not file.is_file():
        report.add(Code.PICTURE_MISSING, picture.line, f"Không có tệp ảnh “{picture.file}”.")
    elif file.stat().st_size > MAX_PICTURE_BYTES:
        report.add(Code.PICTURE_LARGE, picture.line, f"Ảnh “{picture.file}” lớn hơn 1 MB, hãy thu nhỏ.")
