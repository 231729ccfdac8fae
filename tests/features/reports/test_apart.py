"""A report that another process writes: the same report, the same refusals, and a report also without that process."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import msgspec
import pytest

from bot.core.lean.values import replace
from bot.features.reports import ReportData, ReportError, apart, charts
from bot.features.reports import report as word
from bot.features.untrusted.process import CannotStart

from . import samples


class WrittenHere(Exception):
    """This process wrote the report."""


def _refuses(data: ReportData) -> bytes:
    raise WrittenHere


@pytest.mark.parametrize("sample", [samples.village, samples.commune])
def test_the_other_process_is_given_all_of_a_report(sample: Callable[[], ReportData]) -> None:
    data = sample()
    assert msgspec.json.decode(msgspec.json.encode(data), type=ReportData) == data


async def test_the_bot_s_own_process_writes_nothing_of_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    data = samples.commune()
    drawn = [charts.progress(data), charts.reported(data), charts.trend(data, data.rows[0].code)]
    monkeypatch.setattr(word, "report", _refuses)
    for name in ("progress", "reported", "trend"):
        monkeypatch.setattr(charts, name, _refuses)
    wanted = [apart.WORD, apart.EXCEL, apart.PROGRESS, apart.REPORTED, apart.trend_of(data.rows[0].code)]
    docx, xlsx, *pictures = await apart.written(data, wanted)
    assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(docx)).namelist()
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(xlsx)).namelist()
    assert pictures == drawn


async def test_a_report_that_cannot_be_made_says_why() -> None:
    with pytest.raises(ReportError, match="không có chỉ tiêu “XX”"):
        await apart.written(samples.commune(), [apart.trend_of("XX")])
    with pytest.raises(ReportError, match="lạ"):
        await apart.written(replace(samples.commune(), texts={"lạ": "…"}), [apart.WORD])


async def test_where_no_process_starts_a_report_is_written_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cannot(*_: object) -> None:
        raise CannotStart("no memory")

    monkeypatch.setattr(apart, "ask", cannot)
    [docx] = await apart.written(samples.village(), [apart.WORD])
    assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(docx)).namelist()
