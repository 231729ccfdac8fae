"""Check a folder of guides: every rule on every file, each finding with path and line."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

from .contacts import Allowed
from .findings import Code, Finding, Report
from .graph import check_links, check_redirects, check_ways
from .index import check_index, write_index
from .model import Guide
from .parse import Parsed, Scenario, parse
from .rules import check_lengths, check_pictures, check_texts, check_upkeep
from .scenarios import run
from .schema import SLUG

__all__ = ["Allowed", "Code", "Finding", "Inspection", "Untranslated", "check", "inspect", "write_index"]

MAX_BYTES = 1_000_000

_SLUG = re.compile(SLUG)


@dataclass(frozen=True, slots=True)
class Untranslated:
    """A text of a guide that `locale` lacks, or (`fuzzy`) has only for an older wording."""

    line: int
    locale: str
    fuzzy: bool


Translations = Callable[[Guide], Iterable[Untranslated]]


@dataclass(frozen=True, slots=True)
class Checked:
    """One file: its guide if it could be read, its scenarios, and what was found in it."""

    path: Path
    guide: Guide | None
    scenarios: tuple[Scenario, ...]
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> bool:
        return self.guide is None or any(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Inspection:
    """All files of a folder in the order of their names; `others` are findings of no guide's file."""

    files: tuple[Checked, ...]
    others: tuple[Finding, ...]

    @property
    def findings(self) -> list[Finding]:
        """In the order of files and lines."""
        return [*(finding for file in self.files for finding in file.findings), *self.others]

    def errors_in(self, slug: str) -> list[Finding]:
        """What has to be mended in one guide before it may be shown."""
        mine = (file for file in self.files if file.path.stem == slug)
        return [finding for file in mine for finding in file.findings if finding.severity == "error"]


def check(
    folder: Path, allowed: Allowed | None = None, *, today: date | None = None, translations: Translations | None = None
) -> list[Finding]:
    """All findings. `today` dates overdue reviews; raises NotADirectoryError when there is no such folder."""
    return inspect(folder, allowed, today=today, translations=translations).findings


def inspect(
    folder: Path,
    allowed: Allowed | None = None,
    *,
    today: date | None = None,
    translations: Translations | None = None,
    instead: Mapping[str, str] = MappingProxyType({}),
) -> Inspection:
    """Like `check`, with the guides that were read on the way; `instead` are texts by slug in place of their files."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: không có thư mục này")
    paths = sorted({*_guide_files(folder), *(folder / f"{slug}.md" for slug in instead)})
    reports = [Report(str(path)) for path in paths]
    names = Counter(path.stem.casefold() for path in paths if path.parent == folder)
    parsed = [_read(path, folder, names, report, instead) for path, report in zip(paths, reports, strict=True)]
    guides = {guide.slug: guide for one in parsed if one is not None and (guide := one.guide()) is not None}
    known = frozenset(path.stem for path in paths if path.parent == folder)
    by_slug = {path.stem: report for path, report in zip(paths, reports, strict=True) if path.parent == folder}
    others = check_index(folder, guides, known, by_slug)
    for one, report in zip(parsed, reports, strict=True):
        if one is None:
            continue
        check_ways(one, report)
        check_links(one, guides, known, report)
        check_redirects(one, report)
        check_lengths(one, report)
        check_pictures(one, folder, report)
        check_texts(one, allowed or Allowed(), report)
        if one.front is not None:
            check_upkeep(one.front, today or date.today(), report)
        guide = one.guide()
        if guide is not None:
            run(guide, one.scenarios, report)
            _check_translations(guide, translations, report)
    files = tuple(_checked(path, one, report) for path, one, report in zip(paths, parsed, reports, strict=True))
    return Inspection(files, tuple(others))


def _checked(path: Path, parsed: Parsed | None, report: Report) -> Checked:
    findings = tuple(sorted(report.findings, key=lambda finding: finding.line))
    if parsed is None:
        return Checked(path, None, (), findings)
    return Checked(path, parsed.guide(), parsed.scenarios, findings)


def _guide_files(folder: Path) -> list[Path]:
    """Markdown files; those named `_…`, `….` hidden and README are for authors."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() == ".md"
        and path.is_file()
        and not path.name.startswith(("_", "."))
        and path.stem.upper() != "README"
    )


def _read(path: Path, folder: Path, names: Counter[str], report: Report, instead: Mapping[str, str]) -> Parsed | None:
    """None when the file is no text that could be a guide."""
    if path.parent != folder:
        report.add(Code.NESTED_FILE, 1, "Hướng dẫn phải nằm ngay trong thư mục hướng dẫn, không nằm trong thư mục con.")
        return None
    if names[path.stem.casefold()] > 1:
        report.add(Code.DUPLICATE_SLUG, 1, f"Có hai tệp cùng tên “{path.stem}”, hãy đổi tên một tệp.")
    if not _SLUG.fullmatch(path.stem):
        report.add(Code.BAD_SLUG, 1, "Tên tệp chỉ gồm chữ thường không dấu, số và dấu gạch nối, ví dụ cai-vneid.md.")
    text = instead.get(path.stem) or _text(path, report)
    return None if text is None else parse(path.stem, text, report)


def _text(path: Path, report: Report) -> str | None:
    if path.stat().st_size > MAX_BYTES:
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


def _tell_not_nfc(text: str, report: Report) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if not unicodedata.is_normalized("NFC", line):
            message = "Dòng này gõ bằng Unicode tổ hợp. Hãy chọn Unicode dựng sẵn trong bộ gõ rồi gõ lại."
            report.add(Code.NOT_NFC, number, message)


def _check_translations(guide: Guide, translations: Translations | None, report: Report) -> None:
    """One finding for each language, at its first line: a list of every paragraph would bury the rest."""
    missing: dict[tuple[str, bool], list[int]] = {}
    for text in translations(guide) if translations is not None else ():
        missing.setdefault((text.locale, text.fuzzy), []).append(text.line)
    for (locale, fuzzy), lines in missing.items():
        if fuzzy:
            report.add(Code.FUZZY, min(lines), f"{len(lines)} đoạn bản dịch {locale} cần xem lại vì bản gốc đã sửa.")
        else:
            report.add(Code.UNTRANSLATED, min(lines), f"{len(lines)} đoạn chưa có bản dịch {locale}.")
