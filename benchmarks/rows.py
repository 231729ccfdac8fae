"""The table of what is measured. To add a row, write one function and name it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks import (
    checkin_rows,
    delivery_rows,
    engine,
    framework_rows,
    guide_rows,
    hostile_rows,
    http_rows,
    page_rows,
    report_rows,
    start_rows,
    talk_rows,
    together_rows,
    world_rows,
)
from benchmarks.report import Section
from benchmarks.side import Bench

LEFT_OUT_IF_QUICK = frozenset({"load", "postgres", "talks", "together"})
"""Rows that a quick run measures only when they are named."""

ROWS: Mapping[str, Callable[[Bench], Section]] = {
    "engine": engine.on_sqlite,
    "load": engine.by_load,
    "postgres": engine.on_postgres,
    "routes": engine.many_routes,
    "counted": engine.counted,
    "guide": guide_rows.menu,
    "search": guide_rows.search,
    "http": http_rows.beside_the_floor,
    "bot": http_rows.of_the_bot,
    "talks": talk_rows.talks,
    "together": together_rows.together,
    "report": report_rows.commune,
    "rollup": checkin_rows.roll_up,
    "report_day": checkin_rows.report_day,
    "announcement": delivery_rows.announcement,
    "killed": delivery_rows.killed,
    "framework": framework_rows.small,
    "start": start_rows.demo,
    "start_web": start_rows.web,
    "start_telegram": start_rows.telegram,
    "pages": page_rows.first_views,
    "bomb": hostile_rows.bomb,
    "world": world_rows.throughput,
}
