"""The figures of a period as a workbook: one row for each indicator, one column for each village."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bot.features.workbook.sheet import SheetColumn, Value
from bot.features.workbook.write import workbook

from .lights import LIGHTS
from .rollup import RollUpTable


def period_workbook(table: RollUpTable, changed: Mapping[str, str]) -> bytes:
    """Build an .xlsx file for the commune. A figure that was not reported is an empty cell, an earlier one is marked.

    `changed` maps the code of an indicator to how its meaning changed since the period began.
    """
    columns = [
        SheetColumn("Mã", "Mã chỉ tiêu", width=8),
        SheetColumn("Chỉ tiêu", "Chỉ tiêu", width=44),
        SheetColumn("Đơn vị tính", "Đơn vị tính", width=14),
        SheetColumn("Chỉ tiêu giao", "Phần trăm với chỉ tiêu có mẫu số", "number", 12),
        SheetColumn("Thực hiện", f"Tổng {table.period.label}", "number", 12),
        SheetColumn("Mẫu số", "Mẫu số", "number", 12),
        SheetColumn("Tỷ lệ (%)", "Tỷ lệ phần trăm", "number", 10),
        SheetColumn("Mức", "Mức", width=18),
        SheetColumn("Số nơi đã báo", f"Trên {len(table.villages)}", "whole", 8),
        *(SheetColumn(one.full_name, one.code, "number", 12) for one in table.villages),
        SheetColumn("Nơi lấy số kỳ trước", "Kỳ này chưa báo, tính bằng số kỳ trước", width=40),
        SheetColumn("Chỉ tiêu đã đổi", "Đổi tên, đơn vị tính, cách tính từ đầu kỳ đến nay", width=40),
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
