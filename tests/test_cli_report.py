"""`python -m bot report`: two paths on stdout, also while the demo runs; one clear line when something is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from bot.cli import parser as cli
from tests.features.reports.reading import text_of
from tests.processes import ROOT, bot


async def _reported_while_the_demo_runs(folder: Path) -> tuple[int | None, list[str]]:
    async with bot("demo", "--port", "0", "--data", str(folder / "data")):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "report", "--unit", "yen-mo", "--period", "2025-9M", "--out", "out",
            cwd=folder, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), "BOT_DATA_DIR": str(folder / "data")},
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode, out.decode().splitlines()


def test_a_report_of_a_demo_as_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, lines = asyncio.run(_reported_while_the_demo_runs(tmp_path))
    assert (ended, lines) == (0, ["out/BC-yen-mo-2025-9M.docx", "out/BC-yen-mo-2025-9M.xlsx"])
    assert all((tmp_path / line).stat().st_size > 10_000 for line in lines)
    monkeypatch.setenv("BOT_DATA_DIR", str(tmp_path / "data"))
    out = tmp_path / "json"

    def says(unit: str, period: str, *more: str) -> tuple[int | str | None, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["report", "--unit", unit, "--period", period, "--out", str(out), *more])
        found = capsys.readouterr()
        return ended.value.code, found.out.strip(), found.err.strip()

    code, answer, _ = says("lac-hien", "2025-Q4", "--json")
    assert code == 0
    told = json.loads(answer)
    assert told == {
        "unit": "lac-hien", "period": "2025-Q4", "docx": f"{out}/BC-lac-hien-2025-Q4.docx",
        "xlsx": f"{out}/BC-lac-hien-2025-Q4.xlsx", "missing": told["missing"],
    }  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == ["BC-lac-hien-2025-Q4.docx", "BC-lac-hien-2025-Q4.xlsx"]
    assert says("nowhere", "2025-Q4") == (2, "", "--unit: không có đơn vị mã 'nowhere'")
    for period in ("2026-13", "2026-Q5", "2026-W54", "today", "2000"):
        code, answer, line = says("yen-mo", period)
        assert (code, answer) == (2, "")
        assert line.startswith(f"--period: Không có kỳ báo cáo “{period}”.")
        assert "\n" not in line
    assert says("ninh-binh", "2025-Q4")[0] == 1
    assert says("yen-mo", "2024") == (1, "", "Xã Yên Mô có từ ngày 01/07/2025, sau kỳ này.")
    settings = tmp_path / "data" / "commune.toml"
    settings.write_text('code = "yen-mo"\nname = "Yên Mô"\nprovince = "Ninh Bình"\ncut_off = "15-14"\n', "utf-8")
    assert says("yen-mo", "2025-11")[0] == 0
    assert "từ ngày 15/10/2025 đến ngày 14/11/2025" in text_of((out / "BC-yen-mo-2025-11.docx").read_bytes())
    out = tmp_path / "data" / "bot.sqlite3" / "x"
    assert says("yen-mo", "2025-Q4")[0] == 1
