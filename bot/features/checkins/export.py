"""The figures of a period as a workbook: one row for each indicator, one column for each village."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bot.features.workbook.sheet import Column, Value
from bot.features.workbook.write import workbook

from .lights import LIGHTS
from .rollup import Table


def period_workbook(table: Table, changed: Mapping[str, str]) -> bytes:
    """An .xlsx file for the commune. A figure that was not reported is an empty cell, an earlier one is marked.

    `changed` says of an indicator, by its code, how its meaning changed since the period began.
    """
    columns = [
        Column("Mã", "Mã chỉ tiêu", width=8),
        Column("Chỉ tiêu", "Chỉ tiêu", width=44),
        Column("Đơn vị tính", "Đơn vị tính", width=14),
        Column("Chỉ tiêu giao", "Phần trăm với chỉ tiêu có mẫu số", "number", 12),
        Column("Thực hiện", f"Tổng {table.period.label}", "number", 12),
        Column("Mẫu số", "Mẫu số", "number", 12),
        Column("Tỷ lệ (%)", "Tỷ lệ phần trăm", "number", 10),
        Column("Mức", "Mức", width=18),
        Column("Số nơi đã báo", f"Trên {len(table.villages)}", "whole", 8),
        *(Column(one.full_name, one.code, "number", 12) for one in table.villages),
        Column("Nơi lấy số kỳ trước", "Kỳ này chưa báo, tính bằng số kỳ trước", width=40),
        Column("Chỉ tiêu đã đổi", "Đổi tên, đơn vị tính, cách tính từ đầu kỳ đến nay", width=40),
    ]
    rows: list[list[Value | None]] = []
    for one in table.indicators:
        total = table.sums[one.code]
        cells = [(village, table.cell(one.code, village.id)) for village in table.villages]
        rows.append(
            [
                one.code,
                one.label,
                one.unit,
                _number(total.target),
                _number(total.value),
                _number(total.whole),
                None if total.percent is None else round(float(total.percent), 1),
                LIGHTS[total.light][1],
                table.count(one.code),
                *(_number(cell.value) for _, cell in cells),
                ", ".join(village.full_name for village, cell in cells if cell.carried),
                changed.get(one.code, ""),
            ]
        )
    return workbook([(table.period.name, columns, rows)])


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else round(float(value), 3)
