"""Check a folder of guides: every rule on every file, each finding with path and line."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from bot.core.lean import patterns
from bot.features.guides.contacts import Allowed
from bot.features.guides.facts import FILE, Facts, load
from bot.features.guides.findings import Code, FindingCollector, GuideFinding
from bot.features.guides.index import check_index, write_index
from bot.features.guides.model import MOST_OF_FILE, SLUG, Guide
from bot.features.guides.parse import Parsed, Scenario, parse

from .asks import check_asks
from .facts import check_facts, check_facts_file
from .graph import check_links, check_redirects, check_same_ways, check_ways
from .rules import check_lengths, check_pictures, check_texts, check_upkeep
from .scenarios import run
from .typed import check_typed_facts

__all__ = ["Allowed", "Code", "GuideFinding", "Inspection", "Untranslated", "check", "inspect", "write_index"]


_SLUG = patterns.compile(SLUG)


class Untranslated(Struct, frozen=True):
    """A text of a guide that `locale` lacks, or (`fuzzy`) has only for an older wording."""

    line: int
    locale: str
    fuzzy: bool


Translations = Callable[[Guide], Iterable[Untranslated]]


class CheckedGuide(Struct, frozen=True):
    """One file: its guide if it could be read, its scenarios, and what was found in it."""

    path: Path
    guide: Guide | None
    scenarios: tuple[Scenario, ...]
    findings: tuple[GuideFinding, ...]

    @property
    def broken(self) -> bool:
        return self.guide is None or any(finding.severity == "error" for finding in self.findings)


class Inspection(Struct, frozen=True):
    """All files of a folder in the order of their names; `others` are findings of no guide's file."""

    files: tuple[CheckedGuide, ...]
    others: tuple[GuideFinding, ...]
    facts: Facts = Facts()

    @property
    def findings(self) -> list[GuideFinding]:
        """In the order of files and lines."""
        return [*(finding for file in self.files for finding in file.findings), *self.others]

    def errors_in(self, slug: str) -> list[GuideFinding]:
        """Return the errors that must be fixed in one guide before it may be shown."""
        mine = (file for file in self.files if file.path.stem == slug)
        return [finding for file in mine for finding in file.findings if finding.severity == "error"]


def check(
    folder: Path, allowed: Allowed | None = None, *, today: date | None = None, translations: Translations | None = None
) -> list[GuideFinding]:
    """Return all findings. `today` dates overdue reviews; raises NotADirectoryError if there is no such folder."""
    return inspect(folder, allowed, today=today, translations=translations).findings


def inspect(
    folder: Path,
    allowed: Allowed | None = None,
    *,
    today: date | None = None,
    translations: Translations | None = None,
    instead: Mapping[str, str] = MappingProxyType({}),
    style: bool = True,
) -> Inspection:
    """Check like `check`, and also return the guides read; `instead` are texts by slug in place of their files.

    Without `style` nothing is said of long sentences, office words and the like, which take a third of the time.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: không có thư mục này")
    paths = sorted({*guide_files(folder), *(folder / f"{slug}.md" for slug in instead)})
    reports = [FindingCollector(str(path)) for path in paths]
    names = Counter(path.stem.casefold() for path in paths if path.parent == folder)
    own = FindingCollector(str(folder / FILE))
    facts = load(folder, own)
    parsed = [_read(path, folder, names, report, instead, facts) for path, report in zip(paths, reports, strict=True)]
    guides = {guide.slug: guide for one in parsed if one is not None and (guide := one.guide) is not None}
    known = frozenset(path.stem for path in paths if path.parent == folder)
    by_slug = {path.stem: report for path, report in zip(paths, reports, strict=True) if path.parent == folder}
    day = today or date.today()
    # Of a file that cannot be read each fact would be unknown, which would bury the one line that is wrong.
    readable = not own.findings
    check_facts_file(facts, guides.values(), day, own)
    others = [*check_index(folder, guides, known, by_slug), *own.findings]
    check_asks(zip(parsed, reports, strict=True))
    among = Among(folder, guides, known, allowed or Allowed(), facts if readable else None, day, style)
    for one, report in zip(parsed, reports, strict=True):
        if one is None:
            continue
        check_one(one, among, report)
        if one.guide is not None:
            _check_translations(one.guide, translations, report)
    files = tuple(_checked(path, one, report) for path, one, report in zip(paths, parsed, reports, strict=True))
    return Inspection(files, tuple(others), facts)


class Among(Struct, frozen=True):
    """All that one guide is checked against: its folder, the other guides, and the facts (None: they are unreadable).

    `known` are the slugs of all files, also of those that could not be read.
    """

    folder: Path
    guides: Mapping[str, Guide]
    known: frozenset[str]
    allowed: Allowed
    facts: Facts | None
    day: date
    style: bool = True


def check_one(one: Parsed, among: Among, report: FindingCollector) -> None:
    """Check one guide by every rule that is not about several."""
    check_ways(one, report)
    check_links(one, among.guides, among.known, report)
    check_same_ways(one, report)
    check_redirects(one, report)
    check_lengths(one, report)
    check_pictures(one, among.folder, report)
    check_texts(one, among.allowed, report, style=among.style)
    if among.facts is not None:
        check_facts(one, among.facts, report)
        check_typed_facts(one, among.facts, report)
    if one.front is not None:
        check_upkeep(one.front, among.day, report)
    if one.guide is not None:
        run(one.guide, one.scenarios, report)


def _checked(path: Path, parsed: Parsed | None, report: FindingCollector) -> CheckedGuide:
    findings = tuple(sorted(report.findings, key=lambda finding: finding.line))
    if parsed is None:
        return CheckedGuide(path, None, (), findings)
    return CheckedGuide(path, parsed.guide, parsed.scenarios, findings)


def guide_files(folder: Path) -> list[Path]:
    """Return the Markdown files, without those for authors: hidden ones, README and names such as `_….md`."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() == ".md"
        and path.is_file()
        and not path.name.startswith(("_", "."))
        and path.stem.upper() != "README"
    )


def _read(
    path: Path, folder: Path, names: Counter[str], report: FindingCollector, instead: Mapping[str, str], facts: Facts
) -> Parsed | None:
    """Parse a file; None if it is no text that could be a guide."""
    if path.parent != folder:
        report.add(Code.NESTED_FILE, 1, "Hướng dẫn phải nằm ngay trong thư mục hướng dẫn, không nằm trong thư mục con.")
        return None
    if names[path.stem.casefold()] > 1:
        report.add(Code.DUPLICATE_SLUG, 1, f"Có hai tệp cùng tên “{path.stem}”, hãy đổi tên một tệp.")
    if not _SLUG.fullmatch(path.stem):
        report.add(Code.BAD_SLUG, 1, "Tên tệp chỉ gồm chữ thường không dấu, số và dấu gạch nối, ví dụ cai-vneid.md.")
    text = instead.get(path.stem) or text_of(path, report)
    return None if text is None else parse(path.stem, text, report, facts)


def text_of(path: Path, report: FindingCollector) -> str | None:
    """Return the text of a guide's file, None with a finding where it has none that can be read. Raises OSError."""
    if path.stat().st_size > MOST_OF_FILE:
        report.add(Code.TOO_LARGE, 1, "Tệp lớn hơn 1 MB. Một hướng dẫn chỉ vài trang, hãy chia nhỏ.")
        return None
    raw = path.read_bytes()
    if b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        report.add(Code.BINARY, 1, "Đây không phải tệp chữ. Hãy lưu lại dạng văn bản (.md), bảng mã UTF-8.")
        return None
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        report.add(Code.NOT_UTF8, line, "Chữ không ở bảng mã UTF-8. Hãy chọn Lưu thành…, bảng mã UTF-8.")
        return None
    if not text.strip():
        report.add(Code.EMPTY, 1, "Tệp trống. Hãy chép nội dung từ tệp _mau.md.")
        return None
    if not unicodedata.is_normalized("NFC", text):
        _tell_not_nfc(text, report)
    return unicodedata.normalize("NFC", text)


def _tell_not_nfc(text: str, report: FindingCollector) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if not unicodedata.is_normalized("NFC", line):
            message = "Dòng này gõ bằng Unicode tổ hợp. Hãy chọn Unicode dựng sẵn trong bộ gõ rồi gõ lại."
            report.add(Code.NOT_NFC, number, message)


def _check_translations(guide: Guide, translations: Translations | None, report: FindingCollector) -> None:
    """Add one finding for each language, at its first line: a list of every paragraph would bury the rest."""
    missing: dict[tuple[str, bool], list[int]] = {}
    for text in translations(guide) if translations is not None else ():
        missing.setdefault((text.locale, text.fuzzy), []).append(text.line)
    for (locale, fuzzy), lines in missing.items():
        if fuzzy:
            report.add(Code.FUZZY, min(lines), f"{len(lines)} đoạn bản dịch {locale} cần xem lại vì bản gốc đã sửa.")
        else:
            report.add(Code.UNTRANSLATED, min(lines), f"{len(lines)} đoạn chưa có bản dịch {locale}.")
