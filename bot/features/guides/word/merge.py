"""Merge a Word document into a guide: texts come from Word; ids, links, quizzes, pictures and scenarios stay.

Steps are matched by their headings. A step whose words did not change keeps its lines as they are, so that the diff
shows only the author's changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from rapidfuzz import fuzz

from bot.core.lean import patterns
from bot.core.text import fold
from bot.features.guides.findings import FindingCollector
from bot.features.guides.markdown import plain, to_text
from bot.features.guides.model import END, Guide, GuideStep, Option
from bot.features.guides.navigation import written
from bot.features.guides.parse import parse

from .document import Passage, WordGuide, WordStep

_ALIKE = 80.0
"""A heading that is at least so similar (0 to 100) is the same step under a better name."""
_LONGEST_ID = 30
_ITEM = patterns.compile(r"(?P<bullet>• )|(?P<number>\d+\. )")
_TITLE = patterns.compile(r"^title:.*$", re.MULTILINE)
_REDIRECTS = patterns.compile(r"^redirects:[^\n]*(?:\n[ \t]+[^\n]*)*$", re.MULTILINE)
_SCENARIOS = patterns.compile(r"^## ", re.MULTILINE)
_FRONT = """\
---
title: {title}
area: chính quyền số
audience: người dân
sources: [Phòng Văn hóa – Xã hội xã]
owner: cb-vhxh
verified: chưa kiểm tra
review_every: 90d
keywords: [{title}]
minutes: 10
stuck: to-cong-nghe-thon
redirects: {{}}
---
"""


class Merged(Struct, frozen=True):
    """`text` is the whole Markdown file; `notes` say what was kept, removed, and what the author should check."""

    text: str
    notes: tuple[str, ...]


def merge(word: WordGuide, slug: str, source: str | None) -> Merged:
    """Merge; `source` is the guide's file as it is now, None for a new guide."""
    parsed = None if source is None else parse(slug, source, FindingCollector(slug))
    guide = None if parsed is None else parsed.guide
    if source is None or guide is None:
        return _fresh(word, slug)
    return _Merge(word, guide, source).merged()


def slug_of(words: str, taken: Sequence[str] = (), longest: int = _LONGEST_ID) -> str:
    """Make a slug: lower-case ASCII words joined by hyphens, at most `longest` characters and none of `taken`."""
    parts = re.sub(r"[^a-z0-9]+", " ", fold(words)).split() or ["buoc"]
    whole = parts[0][:longest]
    for part in parts[1:]:
        if len(whole) + len(part) >= longest:
            break
        whole += f"-{part}"
    number, found = 1, whole
    while found in taken:
        number += 1
        found = f"{whole}-{number}"
    return found


def _fresh(word: WordGuide, slug: str) -> Merged:
    title = word.title or word.steps[0].title
    ids: list[str] = []
    for step in word.steps:
        ids.append(slug_of(step.title, ids, _room(slug)))
    sections = [_section(step.title, ident, step.passages) for step, ident in zip(word.steps, ids, strict=True)]
    note = "Đây là bài mới: phần đầu (khóa area, owner, keywords, minutes…) là mẫu, bác sửa lại cho đúng."
    text = _FRONT.format(title=_quoted(title)) + "\n" + "\n".join(sections)
    return Merged(text, (note, *word.notes, *_about_pictures(word)))


class _Merge:
    def __init__(self, word: WordGuide, guide: Guide, source: str) -> None:
        self._word = word
        self._guide = guide
        self._source = source
        self._notes: list[str] = []
        self._gone: dict[str, str] = {}

    def merged(self) -> Merged:
        match = _matches(self._word.steps, self._guide)
        ids = [*self._guide.steps, *self._guide.redirects]
        sections: dict[str, str] = {}
        for at, new in enumerate(self._word.steps):
            old = match.get(at)
            if old is None:
                ident = slug_of(new.title, ids, _room(self._guide.slug))
                ids.append(ident)
                sections[ident] = _section(new.title, ident, new.passages)
                self._notes.append(f"Bước mới: “{new.title}” (mã {ident}).")
            else:
                sections[old.id] = self._changed(old, new)
        order = self._with_quizzes(list(sections))
        lines = self._lines()
        front = self._front()
        body = "\n".join(f"{sections.get(ident) or lines[ident]}" for ident in order)
        text = f"{front}\n{body}{self._scenarios()}"
        return Merged(text, (self._kept(), *self._notes, *self._word.notes, *_about_pictures(self._word)))

    def _kept(self) -> str:
        """Write the head of the diff: the parts that Word does not contain and that therefore stay as they are."""
        steps = self._guide.steps.values()
        counts = {
            "mã bước": len(steps),
            "bước có lựa chọn": sum(bool(step.options) for step in steps),
            "câu đố": len(self._guide.quiz_steps),
            "ảnh": sum(step.picture is not None and step.drawing is None for step in steps),
            "hình vẽ": sum(step.drawing is not None for step in steps),
            "kịch bản": len(re.findall(r"^- ", self._scenarios(), re.MULTILINE)),
        }
        listed = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        return f"Giữ nguyên những gì Word không có: {listed}."

    def _changed(self, old: GuideStep, new: WordStep) -> str:
        if plain(old.title) != new.title:
            self._notes.append(f"Bước “{plain(old.title)}” đổi tên thành “{new.title}”, vẫn mã {old.id}.")
        elif _same(old, new):
            return self._lines()[old.id]
        title = old.title if plain(old.title) == new.title else new.title
        return _section(title, old.id, new.passages, old)

    def _with_quizzes(self, order: list[str]) -> list[str]:
        """Add the steps that Word lacks: a quiz stays after the step before it; any other goes and redirects there."""
        before = ""
        for step in self._guide.steps.values():
            if step.id in order:
                before = step.id
            elif step.quiz is not None:
                order.insert(order.index(before) + 1 if before else 0, step.id)
                before = step.id
            else:
                self._gone[step.id] = before or order[0]
                self._notes.append(
                    f"Bước “{plain(step.title)}” không còn trong Word nên bỏ; nút và mã QR cũ dẫn sang bước khác."
                )
        return order

    def _front(self) -> str:
        head = self._source[: self._source.index("\n---", 3) + len("\n---\n")]
        title = self._word.title
        if title and title != self._guide.title:
            head = _TITLE.sub(lambda found: f"title: {_quoted(title)}", head, count=1)
            self._notes.append(f"Tên bài đổi từ “{self._guide.title}” thành “{title}”.")
        if self._gone:
            leads = {old: self._gone.get(new, new) for old, new in {**self._guide.redirects, **self._gone}.items()}
            pairs = ", ".join(f"{old}: {new}" for old, new in leads.items())
            head = _REDIRECTS.sub(lambda found: f"redirects: {{{pairs}}}", head, count=1)
        return head

    def _lines(self) -> Mapping[str, str]:
        """Return the lines of each step as they stand in the file."""
        lines = self._source.split("\n")
        steps = list(self._guide.steps.values())
        ends = [step.line - 1 for step in steps[1:]]
        scenarios = self._scenarios_line()
        ends.append(len(lines) if scenarios is None else scenarios)
        kept = ("\n".join(lines[step.line - 1 : end]).rstrip() for step, end in zip(steps, ends, strict=True))
        return {step.id: f"{words}\n" for step, words in zip(steps, kept, strict=True)}

    def _scenarios_line(self) -> int | None:
        found = _SCENARIOS.search(self._source)
        return None if found is None else self._source.count("\n", 0, found.start())

    def _scenarios(self) -> str:
        line = self._scenarios_line()
        return "" if line is None else "\n" + "\n".join(self._source.split("\n")[line:]).rstrip() + "\n"


def _matches(steps: Sequence[WordStep], guide: Guide) -> dict[int, GuideStep]:
    """Match places in Word with steps of the guide: equal headings first, then similar ones."""
    free = list(guide.steps.values())
    found: dict[int, GuideStep] = {}
    for at, new in enumerate(steps):
        same = next((step for step in free if fold(plain(step.title)) == fold(new.title)), None)
        if same is not None:
            free.remove(same)
            found[at] = same
    for at, new in enumerate(steps):
        if at in found or not free:
            continue
        best = max(free, key=lambda step: fuzz.ratio(fold(plain(step.title)), fold(new.title)))
        if fuzz.ratio(fold(plain(best.title)), fold(new.title)) >= _ALIKE:
            free.remove(best)
            found[at] = best
    return found


def _same(old: GuideStep, new: WordStep) -> bool:
    """Tell whether a reader would see no difference; what Word cannot express (code, italics) is none."""
    return [(block.kind, _seen(block.text)) for block in old.blocks] == [
        (passage.kind, _seen(passage.text)) for passage in new.passages
    ]


def _seen(text: str) -> list[tuple[str, bool, str | None]]:
    seen: list[tuple[str, bool, str | None]] = []
    for span in to_text(text, {}).spans:
        look = (span.style == "bold", span.link)
        words = " ".join(span.text.split("\n"))
        if seen and seen[-1][1:] == look:
            seen[-1] = (seen[-1][0] + words, *look)
        else:
            seen.append((words, *look))
    return seen


def _section(title: str, ident: str, passages: Sequence[Passage], old: GuideStep | None = None) -> str:
    quiz = old is not None and old.quiz is not None
    parts = [f"# {title} {{#{ident}{' quiz' if quiz else ''}}}", *_paragraphs(passages)]
    if old is not None:
        parts += _kept_parts(old)
    return "\n\n".join(parts) + "\n"


def _paragraphs(passages: Sequence[Passage]) -> Iterator[str]:
    items: list[str] = []
    for passage in passages:
        item = _ITEM.match(passage.text) if passage.kind == "text" else None
        if items and (item is None or items[0].startswith("- ") != bool(item["bullet"])):
            yield "\n".join(items)
            items = []
        if item is not None:
            items.append(f"- {passage.text[2:]}" if item["bullet"] else passage.text)
        elif passage.kind == "text":
            yield passage.text
        else:
            yield f"> [!{'MẸO' if passage.kind == 'tip' else 'CẢNH BÁO'}]\n> {passage.text}"
    if items:
        yield "\n".join(items)


def _kept_parts(step: GuideStep) -> Iterator[str]:
    """Yield picture, quiz and links of a step as Markdown."""
    if step.drawing is not None:
        yield step.drawing.source
    elif step.picture is not None:
        yield f"![{step.picture.alt}]({step.picture.file})"
    if step.options:
        yield "\n".join(f"- [{option.label}]({_target(option)}{_reason(option)})" for option in step.options)
    if step.quiz is not None:
        marks = ("x" if at == step.quiz.answer else " " for at in range(len(step.quiz.choices)))
        yield "\n".join(f"- [{mark}] {choice}" for mark, choice in zip(marks, step.quiz.choices, strict=True))
        yield f"> [!GIẢI THÍCH]\n> {step.quiz.explanation}"
        yield f"- [Tiếp]({step.next if step.next == END else f'#{step.next}'})"


def _target(option: Option) -> str:
    where = written(option)
    return where if option.other or where.startswith("!") else f"#{where}"


def _reason(option: Option) -> str:
    return f' "{option.reason}"' if option.reason else ""


def _about_pictures(word: WordGuide) -> Iterator[str]:
    for number, picture in enumerate(word.pictures, 1):
        yield f"Ảnh {number} ở bước “{picture.step}” chưa vào bài: ảnh của bài cần một câu mô tả, do người viết thêm."


def _room(slug: str) -> int:
    """Return the longest step id allowed: slug, id and four more characters have to fit into 64 bytes."""
    return max(4, min(_LONGEST_ID, 64 - 4 - len(slug) - 3))


def _quoted(words: str) -> str:
    """Write a YAML value on one line."""
    return f'"{words}"' if re.search(r"[:#\[\]{}\",&*!|>'%@`]", words) and '"' not in words else words.replace('"', "“")
