"""A report as two files in a folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .data import ReportData


def file_name(data: ReportData, suffix: str) -> str:
    """Return a name like `BC-yen-mo-2026-11.docx`."""
    return f"BC-{data.unit.code}-{data.period.name}{suffix}"


def write(data: ReportData, out_dir: Path) -> tuple[Path, Path]:
    """Write the Word file and the workbook; both are made before either is written. Makes a missing folder.

    Takes up to half a second of processor time for a commune: call it in a thread. Raises ReportError and OSError.
    """
    # What writes Word and Excel is large, and most processes never need it.
    from .report import report
    from .workbook import workbook

    made = (report(data), workbook(data))
    out_dir.mkdir(parents=True, exist_ok=True)
    docx, xlsx = (out_dir / file_name(data, suffix) for suffix in (".docx", ".xlsx"))
    for path, content in zip((docx, xlsx), made, strict=True):
        _replace(path, content)
    return docx, xlsx


def _replace(path: Path, content: bytes) -> None:
    """Replace the file in one step: a reader sees the old one or the new one, never a half."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as stream:
        stream.write(content)
    os.chmod(stream.name, 0o644)  # a report is for others to read; temporary files start as 0600
    os.replace(stream.name, path)
