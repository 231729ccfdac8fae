"""Reports that an official can sign: Word in the layout of Nghị định 30/2020, Excel, and charts for a chat.

`Reports.gather` reads a unit's figures out of the database into a `ReportData`, which is all that a report is made of;
`write(data, folder)` makes its two files. The other documents of a commune are in `letters` and `founding`.
"""

from .data import ReportData, ReportError
from .files import file_name, write
from .gather import Reports
from .issuers import SigningDetails

__all__ = ["ReportData", "ReportError", "Reports", "SigningDetails", "file_name", "write"]
