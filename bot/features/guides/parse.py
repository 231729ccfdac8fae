"""Parse one Markdown file into steps. Every oddity becomes a finding; the rest is read nevertheless."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property

from msgspec import Struct, field

from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.text import utf16_len

from .drawn.drawing import FENCES, Drawing
from .drawn.drawing import read as read_drawing
from .drawn.words import described
from .facts import Facts
from .findings import Code, FindingCollector
from .markdown import Element, Image, Inline, Link, blocks, elements, inspect, joined, plain
from .model import END, SLUG, Block, BlockKind, Guide, GuideStep, Option, Picture, StepQuiz
from .schema import ParsedFrontMatter, read
from .targets import internal, target_of

SCENARIOS = "kịch bản"
MAX_TITLE = 120
MAX_HEADING = 500

_FENCE = patterns.compile(r"---[ \t]*")
_HEADING = patterns.compile(r"(?P<title>.*?)\s*\{#(?P<id>[^}\s]+)(?:[ ]+quiz)?\s*\}")
_TASK = patterns.compile(r"\[(?P<mark>[ xX]?)\](?!\()\s*(?P<label>.*)", re.DOTALL)
_CALLOUT = patterns.compile(r"\[!(?P<name>[^\]\n]+)\][ \t]*(?:\\?\n|$)")
_CALLOUTS: dict[str, BlockKind] = {"mẹo": "tip", "cảnh báo": "warning"}
_EXPLANATION = "giải thích"
_IDENT = patterns.compile(SLUG)


class Scenario(Struct, frozen=True):
    """One line of `## Kịch bản`."""

    text: str
    line: int


class Reference(Struct, frozen=True):
    """A link as written, and the line it stands in."""

    target: str
    line: int


class QuizLines(Struct, frozen=True):
    """Lines of a quiz's choices and of its explanation."""

    choices: tuple[int, ...]
    explanation: int


class Parsed(Struct, frozen=True, dict=True):
    """A file as far as it could be read; `references` are links that stand in texts, `quiz_lines` by step id."""

    slug: str
    front: ParsedFrontMatter | None
    steps: dict[str, GuideStep]
    scenarios: tuple[Scenario, ...]
    references: tuple[Reference, ...]
    quiz_lines: dict[str, QuizLines]

    @cached_property
    def guide(self) -> Guide | None:
        """Return the guide; None without valid front matter or without a step."""
        if self.front is None or not self.steps:
            return None
        values = self.front.values
        return Guide(
            slug=self.slug,
            title=values.title,
            area=values.area,
            owner=values.owner,
            verified=values.verified if isinstance(values.verified, date) else None,
            review_every=int(values.review_every.removesuffix("d")),
            keywords=values.keywords,
            minutes=values.minutes,
            audience=values.audience,
            sources=values.sources,
            stuck=values.stuck,
            redirects=values.redirects,
            steps=self.steps,
            asks=values.asks,
        )


def parse(slug: str, text: str, report: FindingCollector, facts: Facts = Facts()) -> Parsed:  # noqa: B008 - frozen
    """Parse a guide; `text` is the whole file with `\\n` line ends, `facts` the values that it may name."""
    front, body = _front_matter(text, report)
    reader = _Body(report)
    for element in blocks(body):
        reader.take(element)
    drafts = reader.drafts
    steps: dict[str, GuideStep] = {}
    for at, draft in enumerate(drafts):
        following = drafts[at + 1].id if at + 1 < len(drafts) else END
        step = draft.step(following, report)
        steps[draft.id] = replace(step, facts=facts.used_in(text for text, _ in step.texts()))
    if not steps:
        report.add(Code.NO_STEP, 1, "Hướng dẫn chưa có bước nào. Mỗi bước bắt đầu bằng “# Tên bước {#ma-buoc}”.")
    quiz_lines = {draft.id: draft.quiz_lines() for draft in drafts}
    return Parsed(slug, front, steps, tuple(reader.scenarios), tuple(reader.references), quiz_lines)


def _front_matter(text: str, report: FindingCollector) -> tuple[ParsedFrontMatter | None, str]:
    """Split the front matter from the body; the body keeps its line numbers."""
    lines = text.split("\n")
    if not _FENCE.fullmatch(lines[0]):
        report.add(Code.NO_FRONT_MATTER, 1, "Dòng đầu tiên phải là ---, tiếp theo là phần đầu (chép từ tệp _mau.md).")
        return None, text
    end = next((at for at, line in enumerate(lines[1:], 1) if _FENCE.fullmatch(line)), None)
    if end is None:
        report.add(Code.BROKEN_FRONT_MATTER, 1, "Phần đầu chưa đóng, hãy thêm một dòng --- ở cuối phần đầu.")
        return None, ""
    front = read("\n".join(lines[1:end]), 2, report)
    return front, "\n" * (end + 1) + "\n".join(lines[end + 1 :])


class _Choice(Struct):
    label: str
    right: bool
    line: int


class _Draft(Struct):
    """A step while its blocks are read."""

    id: str
    title: str
    line: int
    blocks: list[Block] = field(default_factory=list)
    picture: Picture | None = None
    drawing: Drawing | None = None
    options: list[Option] = field(default_factory=list)
    choices: list[_Choice] = field(default_factory=list)
    explanation: list[str] = field(default_factory=list)
    explanation_line: int = 0
    quiz: bool = False

    def step(self, following: str, report: FindingCollector) -> GuideStep:
        quiz = self._quiz(report)
        options = tuple(self.options)
        onward = END if options else following
        if quiz is not None and options:
            # Options of a quiz are its choices; one link below it only says where the way goes on.
            if len(options) > 1 or options[0].other:
                line = options[-1].line
                report.add(
                    Code.QUIZ_WAYS, line, "Sau câu đố chỉ để nhiều nhất một liên kết, tới một bước của hướng dẫn này."
                )
            onward, options = options[0].target, ()
        blocks = tuple(self.blocks)
        return GuideStep(self.id, self.title, blocks, self.picture, options, quiz, onward, self.line, self.drawing)

    def _quiz(self, report: FindingCollector) -> StepQuiz | None:
        if not self.choices and not self.quiz:
            if self.explanation:
                message = "Khung [!GIẢI THÍCH] chỉ dùng trong câu đố. Hãy đổi thành [!MẸO] hoặc [!CẢNH BÁO]."
                report.add(Code.UNKNOWN_CALLOUT, self.explanation_line, message)
            return None
        right = [at for at, choice in enumerate(self.choices) if choice.right]
        line = self.choices[0].line if self.choices else self.line
        if len(self.choices) < 2:
            report.add(Code.QUIZ_CHOICES, line, "Câu đố cần ít nhất hai lựa chọn “- [ ] …”.")
        elif len(right) != 1:
            report.add(Code.QUIZ_ANSWER, line, f"Câu đố cần đúng một lựa chọn [x], đang có {len(right)}.")
        if not self.explanation:
            report.add(Code.QUIZ_EXPLANATION, self.line, "Câu đố cần khung > [!GIẢI THÍCH] ở dưới các lựa chọn.")
        choices = tuple(choice.label for choice in self.choices)
        return StepQuiz(choices, right[0] if right else 0, " ".join(self.explanation), line)

    def quiz_lines(self) -> QuizLines:
        return QuizLines(tuple(choice.line for choice in self.choices), self.explanation_line or self.line)


class _Body:
    """Reads the blocks of a file in their order."""

    def __init__(self, report: FindingCollector) -> None:
        self.drafts: list[_Draft] = []
        self.scenarios: list[Scenario] = []
        self.references: list[Reference] = []
        self._report = report
        self._ids: set[str] = set()
        self._in_scenarios = False
        self._current: _Draft | None = None

    def take(self, element: Element) -> None:
        if element.kind == "heading":
            self._heading(element)
        elif self._in_scenarios:
            self._scenario_block(element)
        elif self._current is None:
            self._report.add(
                Code.BEFORE_FIRST_STEP, element.line, "Chữ trước bước đầu tiên không ai thấy, hãy đưa vào một bước."
            )
        elif element.kind == "paragraph":
            self._paragraph(element, self._current)
        elif element.kind in ("bullet_list", "ordered_list"):
            self._list(element, self._current)
        elif element.kind == "blockquote":
            self._quote(element, self._current)
        elif element.kind == "fence" and _fence_name(element) in FENCES:
            self._drawing(element, self._current)
        else:
            self._odd(element)

    def _heading(self, element: Element) -> None:
        content, line = element.inside[0].content, element.line
        self._inspect(content, line)
        self._in_scenarios = element.token.tag == "h2" and plain(content).strip().lower() == SCENARIOS
        if self._in_scenarios:
            return
        if element.token.tag != "h1":
            self._report.add(Code.BAD_HEADING, line, "Chỉ dùng “# Tên bước {#ma-buoc}” và “## Kịch bản”.")
            return
        match = _HEADING.fullmatch(content) if len(content) <= MAX_HEADING else None
        if match is None:
            self._report.add(Code.MISSING_ID, line, "Tên bước phải có mã ở cuối, ví dụ “# Mở ứng dụng {#mo-ung-dung}”.")
            self._current = _Draft("", content, line)
            return
        ident = match["id"]
        if utf16_len(match["title"]) > MAX_TITLE:
            self._report.add(Code.BAD_HEADING, line, f"Tên bước dài quá {MAX_TITLE} chữ cái, hãy rút gọn.")
        if not _IDENT.fullmatch(ident):
            self._report.add(Code.BAD_ID, line, f"Mã bước “{ident}” chỉ gồm chữ thường không dấu, số và dấu gạch nối.")
        if not match["title"]:
            self._report.add(Code.BAD_HEADING, line, "Bước chưa có tên, hãy viết tên trước {#…}.")
        self._current = _Draft(ident, match["title"], line, quiz="quiz" in content[match.end("id") :])
        if ident in self._ids:
            self._report.add(Code.DUPLICATE_ID, line, f"Mã bước “{ident}” đã dùng ở trên, hãy đặt mã khác.")
        else:
            self._ids.add(ident)
            self.drafts.append(self._current)

    def _paragraph(self, element: Element, draft: _Draft) -> None:
        content = element.inside[0].content
        seen = self._inspect(content, element.line, pictures=True)
        if isinstance(seen.only, Image):
            self._picture(seen.only, element.line, draft)
            return
        if seen.images:
            self._report.add(
                Code.PICTURE_PLACE, element.line, "Ảnh phải đứng riêng một đoạn, có dòng trống ở trên và dưới."
            )
        draft.blocks.append(Block("text", joined(content), element.line))
        self._refer(seen, element.line)

    def _picture(self, image: Image, line: int, draft: _Draft) -> None:
        if draft.picture is not None:
            self._report.add(Code.PICTURE_PLACE, line, "Mỗi bước chỉ có một ảnh hoặc hình vẽ, hãy tách thành hai bước.")
        draft.picture, draft.drawing = Picture(image.file, image.alt, line), None

    def _drawing(self, element: Element, draft: _Draft) -> None:
        kind = FENCES[_fence_name(element)]
        drawing = read_drawing(kind, element.token.content, element.line + 1, self._report)
        self._picture(Image(described(drawing), drawing.file), element.line, draft)
        draft.drawing = drawing

    def _list(self, element: Element, draft: _Draft) -> None:
        items = list(_items(element))
        seen = [self._inspect(content, line) for content, line in items]
        tasks = [_TASK.fullmatch(content) for content, _ in items]
        if any(tasks):
            self._choices(items, tasks, draft)
        elif any(internal(link.target) for one in seen for link in one.links):
            self._options(items, seen, draft)
        else:
            start = int(element.token.attrs.get("start", 1))
            for at, (content, line) in enumerate(items):
                mark = "•" if element.kind == "bullet_list" else f"{start + at}."
                draft.blocks.append(Block("text", f"{mark} {joined(content)}", line))
                self._refer(seen[at], line)

    def _choices(self, items: list[tuple[str, int]], tasks: list[re.Match[str] | None], draft: _Draft) -> None:
        for (_, line), task in zip(items, tasks, strict=True):
            if task is None:
                self._report.add(Code.MIXED_LIST, line, "Mọi lựa chọn của câu đố phải bắt đầu bằng [ ] hoặc [x].")
            else:
                draft.choices.append(_Choice(plain(joined(task["label"])), task["mark"] in ("x", "X"), line))

    def _options(self, items: list[tuple[str, int]], seen: list[Inline], draft: _Draft) -> None:
        for (_, line), one in zip(items, seen, strict=True):
            if not isinstance(one.only, Link) or not internal(one.only.target):
                self._report.add(
                    Code.MIXED_LIST, line, "Mỗi lựa chọn chỉ gồm một liên kết “- [Chữ trên nút](#ma-buoc)”."
                )
                continue
            target, other = target_of(one.only.target)
            draft.options.append(Option(one.only.label.strip(), target, line, other, one.only.title))

    def _quote(self, element: Element, draft: _Draft) -> None:
        kind: BlockKind | None = None
        inner = list(elements(element.inside))
        first = inner[0].inside[0].content if inner and inner[0].kind == "paragraph" else ""
        match = _CALLOUT.match(first)
        name = match["name"].strip().lower() if match else ""
        explains = name == _EXPLANATION or (match is None and bool(draft.choices))
        if not explains:
            kind = _CALLOUTS.get(name)
            if kind is None:
                message = (
                    "Khung trích phải có dòng đầu chỉ gồm > [!MẸO], > [!CẢNH BÁO] hoặc, trong câu đố, > [!GIẢI THÍCH]."
                )
                self._report.add(Code.UNKNOWN_CALLOUT, element.line, message)
                return
        for content, line in self._quoted(inner, match):
            self._refer(self._inspect(content, line), line)
            if kind is None:
                draft.explanation.append(joined(content))
                draft.explanation_line = draft.explanation_line or line
            else:
                draft.blocks.append(Block(kind, joined(content), line))

    def _quoted(self, inner: list[Element], marker: re.Match[str] | None) -> Iterator[tuple[str, int]]:
        for at, element in enumerate(inner):
            if element.kind == "paragraph":
                content, line = element.inside[0].content, element.line
                if at == 0 and marker is not None:
                    content, line = content[marker.end() :], line + 1
                if content.strip():
                    yield content, line
            elif element.kind in ("bullet_list", "ordered_list"):
                yield from ((f"• {content}", line) for content, line in _items(element))
            else:
                self._odd(element)

    def _scenario_block(self, element: Element) -> None:
        if element.kind != "bullet_list":
            self._report.add(Code.SCENARIO_LIST, element.line, "Phần Kịch bản chỉ gồm các dòng bắt đầu bằng “- ”.")
            return
        self.scenarios += (Scenario(plain(joined(content)), line) for content, line in _items(element))

    def _odd(self, element: Element) -> None:
        if element.kind == "html_block":
            self._report.add(Code.RAW_HTML, element.line, "Không dùng thẻ HTML, hãy viết chữ thường.")
        else:
            message = (
                "Không dùng khung mã, dòng kẻ hay dòng thụt đầu: tin nhắn không hiện được. Hãy viết thành đoạn thường."
            )
            self._report.add(Code.UNSUPPORTED, element.line, message)

    def _inspect(self, content: str, line: int, *, pictures: bool = False) -> Inline:
        seen = inspect(content)
        if seen.html:
            self._report.add(Code.RAW_HTML, line, "Không dùng thẻ HTML, hãy viết chữ thường.")
        if seen.images and not pictures:
            self._report.add(Code.PICTURE_PLACE, line, "Ảnh phải đứng riêng một đoạn, có dòng trống ở trên và dưới.")
        return seen

    def _refer(self, seen: Inline, line: int) -> None:
        self.references += (Reference(link.target, line) for link in seen.links)


def _fence_name(element: Element) -> str:
    """Return the words after the opening fence, by which drawings are known."""
    return " ".join(element.token.info.lower().split())


def _items(listing: Element) -> Iterator[tuple[str, int]]:
    """Yield inline source and line of each item; a nested item counts as one more, paragraphs of an item as one."""
    for item in elements(listing.inside):
        own: list[str] = []
        nested: list[tuple[str, int]] = []
        for element in elements(item.inside):
            if element.kind in ("bullet_list", "ordered_list"):
                nested += _items(element)
            else:
                own += (token.content for token in (element.token, *element.inside) if token.content)
        yield " ".join(own), item.line
        yield from nested
