"""Rows of the report: a commune of thirty villages from the database to Word and Excel."""

from __future__ import annotations

from benchmarks.engine import interleaved, ratios
from benchmarks.report import Goal, Line, Section
from benchmarks.side import Bench, Side, ours_python

REPORTS = 4


def commune(bench: Bench) -> Section:
    one, other = bench.path("report"), bench.path("by-hand")
    one.mkdir()
    other.mkdir()
    with (
        Side("ours", ours_python(), "report_ours", ["--folder", str(one)]) as ours,
        Side("by hand", ours_python(), "report_by_hand", ["--folder", str(other)]) as by_hand,
    ):
        whole = interleaved(bench, {"ours": ours}, bench.scaled(REPORTS))
        rounds = interleaved(bench, {"ours": ours, "by hand": by_hand}, bench.scaled(REPORTS), "document")
        memory = ours.does("memory")["megabytes"]
        settings = {"report, ours": ours.about, "report, tables by hand": by_hand.about}
    seconds = tuple(figures["ours"]["wall"] / figures["ours"]["work"] for figures in whole)
    return Section(
        (
            Line("commune report, 30 villages × 45 indicators, .docx and .xlsx", seconds, Goal(3, 1, most=True), "s"),
            Line("its process's memory after all rounds", (memory,), Goal(150, 110, most=True), "MB"),
            Line("its .docx ÷ the two tables alone, by python-docx", ratios(rounds, "ours", "by hand"), Goal(1, 2)),
        ),
        settings,
    )
