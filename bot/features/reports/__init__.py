"""Reports that an official can sign: Word in the layout of Nghị định 30/2020, Excel, and charts for a chat.

`write(data, folder)` makes the two files; `ReportData` is all that they are made of. The other documents of a commune
are in `letters` and `founding`.
"""

from .data import ReportData, ReportError
from .files import file_name, write

__all__ = ["ReportData", "ReportError", "file_name", "write"]
