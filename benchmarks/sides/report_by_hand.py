"""The two tables of the same report with python-docx as its manual shows it; no text, no database."""

from __future__ import annotations

import asyncio

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Pt

from benchmarks import worker

VILLAGES, INDICATORS, COLUMNS = 30, 45, 9


async def main(given: worker.Arguments) -> None:
    def draw() -> None:
        document = Document()
        for rows, columns in ((INDICATORS, COLUMNS), (VILLAGES, INDICATORS)):
            table = document.add_table(rows=rows + 1, cols=columns)
            table.style = "Table Grid"
            for number, row in enumerate(table.rows):
                for at, cell in enumerate(row.cells):
                    paragraph = cell.paragraphs[0]
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if at > 1 else WD_ALIGN_PARAGRAPH.LEFT
                    run = paragraph.add_run(f"{number * at:,}")
                    run.font.name, run.font.size = "Times New Roman", Pt(10)
        document.save(str(given.folder / "by-hand.docx"))

    async def documents(count: int) -> worker.Figures:
        async def work() -> None:
            for _ in range(count):
                await asyncio.to_thread(draw)

        return await worker.measured(count, work)

    await worker.serve(("python-docx",), {}, {"document": documents})


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
