"""Lists of people as an official sends them to the desk."""

from __future__ import annotations

from aiohttp import FormData

from bot.features.workbook.nguoi import PeopleSheet
from bot.features.workbook.write import workbook
from bot.office.desk.forms import ID, TOKEN, new_id

from .seats import Seat


async def people_list(seat: Seat, *rows: tuple[str, str, str, str]) -> str:
    """Send rows of name, roles, unit and telephone; return what the page says of them."""
    await seat.get("/nguoi/nhap")
    data = workbook([(PeopleSheet.name, PeopleSheet.columns, [(*row, None) for row in rows])])
    form = FormData()
    form.add_field(TOKEN, seat.token)
    form.add_field(ID, new_id())
    form.add_field("tep", data, filename="danh-sach.xlsx")
    return await seat.shows(await seat.client.post("/ban/nguoi/nhap", data=form))
