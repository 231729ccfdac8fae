"""Rows of check-ins: the sums of a commune over a long history, and the day on which everybody reports."""

from __future__ import annotations

from benchmarks.engine import interleaved, ratios
from benchmarks.report import Goal, Line, Section
from benchmarks.side import Bench, Side, ours_python

SUMS, FIGURES = 48, 96
"""In a round. With 48 one hiccup of the machine was a fifth of a round of the figures."""
LEADERS = 240


def roll_up(bench: Bench) -> Section:
    """Both sides read copies of one file with the same statement and settings."""
    one, other = bench.path("sums"), bench.path("by-hand")
    one.mkdir()
    other.mkdir()
    with (
        Side("ours", ours_python(), "rollup_ours", ["--folder", str(one)]) as ours,
        Side("by hand", ours_python(), "rollup_by_hand", ["--folder", str(other)]) as by_hand,
    ):
        rounds = interleaved(bench, {"ours": ours, "by hand": by_hand}, bench.scaled(FIGURES), "figures")
        whole = interleaved(bench, {"ours": ours}, bench.scaled(SUMS))
        settings = {"roll-up, ours": ours.about, "roll-up, by hand": by_hand.about}
    milliseconds = tuple(1000 * figures["ours"]["cpu"] / figures["ours"]["work"] for figures in whole)
    return Section(
        (
            Line("roll-up over 100,800 rows ÷ the same SQL by hand", ratios(rounds, "ours", "by hand"), Goal(0.9, 1)),
            Line("with targets, lights and sums of 24 villages × 42 indicators, CPU", milliseconds, unit="ms"),
        ),
        settings,
    )


def report_day(bench: Bench) -> Section:
    """The peak is a commune whose 24 leaders report within one minute, two events each; here ten communes do."""
    folder = bench.path("report-day")
    folder.mkdir()
    ratio, busy, idle = [], [], []
    arguments = ["--folder", str(folder), "--database", f"sqlite://{folder}/bot.sqlite3"]
    with Side("report day", ours_python(), "report_day", arguments) as side:
        side.does("busy", LEADERS // 8)
        for _ in range(bench.rounds):
            idle.append(side.does("idle", LEADERS // 4)["milliseconds"])
            busy.append(side.does("busy", bench.scaled(LEADERS))["milliseconds"])
            ratio.append(busy[-1] / idle[-1])
        settings = {"report day": side.about}
    return Section(
        (
            Line("report day at ten times its peak: p95 ÷ idle p95", tuple(ratio), Goal(3, 1.5, most=True)),
            Line("its p95", tuple(busy), unit="ms"),
            Line("idle p95", tuple(idle), unit="ms"),
        ),
        settings,
    )
