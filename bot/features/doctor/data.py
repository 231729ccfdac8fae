"""The data: whether the database can be opened and is of this version, and whether there is anybody to talk to."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from bot.features import units
from bot.features.calendar.vietnam import local_day
from bot.features.doctor import machine
from bot.features.doctor.diagnosis import Diagnosis, bad, good, soon
from bot.features.people import people
from bot.features.rights.table import CHAIR
from bot.i18n import in_vietnamese, msg
from bot.storage import database
from bot.storage.database import DatabaseError
from bot.storage.server import addresses

OLDEST_SERVER = 13
"""The major version of PostgreSQL in Debian 11, below which nothing is tried."""
CROWDED = 0.8
PATIENCE = 5.0


async def look(url: str) -> tuple[list[Diagnosis], bool]:
    """Look at the database from outside; the second value tells whether it can be opened and read."""
    try:
        if database.is_sqlite(url):
            return await _sqlite(url)
        return await _postgres(url)
    except DatabaseError as error:
        what = msg("Cơ sở dữ liệu không dùng được: {why}.")
        mend = msg("Làm theo câu ấy. Dữ liệu hỏng thì khôi phục bản sao lưu gần nhất: lệnh `restore`.")
        return [bad("database", what, mend, why=in_vietnamese(error).rstrip("."))], False


def _is_empty(path: Path) -> bool:
    return not path.exists() or not path.stat().st_size


async def _sqlite(url: str) -> tuple[list[Diagnosis], bool]:
    path = Path(url.removeprefix("sqlite://"))
    if _is_empty(path):
        what = msg("Chưa có cơ sở dữ liệu {file}.")
        mend = msg("Lần đầu: chạy lệnh `serve`, bot tự làm. Đã chạy rồi mà không thấy: `BOT_DATA_DIR` chỉ sai chỗ.")
        return [bad("database", what, mend, file=str(path))], False
    missing = await database.pending(url)
    await asyncio.to_thread(database.look_for_damage, url)
    if missing:
        what = msg("Cơ sở dữ liệu còn thiếu {count} bước nâng cấp.")
        mend = msg("Khởi động lại: `systemctl restart langso`. Bot chép một bản rồi tự nâng cấp.")
        return [bad("database", what, mend, count=len(missing))], False
    return [good("database", msg("Cơ sở dữ liệu {file} lành, đúng phiên bản."), file=path.name)], True


async def _postgres(url: str) -> tuple[list[Diagnosis], bool]:
    server = await database.server(url)
    found: list[Diagnosis] = []
    if server.version < OLDEST_SERVER:
        what = msg("PostgreSQL {version} cũ quá.")
        found.append(bad("database", what, msg("Nâng PostgreSQL lên bản {oldest} trở lên."), version=server.version,
                         oldest=OLDEST_SERVER))  # fmt: skip
    if server.connections >= server.most * CROWDED:
        what = msg("PostgreSQL đã dùng {count} trên {most} kết nối.")
        mend = msg("Tăng `max_connections` của PostgreSQL, hoặc tắt bớt chương trình khác đang nối vào.")
        found.append(soon("database", what, mend, count=server.connections, most=server.most))
    if missing := await database.pending(url):
        what = msg("Cơ sở dữ liệu còn thiếu {count} bước nâng cấp.")
        mend = msg("Dừng mọi tiến trình, gõ lệnh `migrate`, rồi chạy lại.")
        found.append(bad("database", what, mend, count=len(missing)))
        return found, False
    return found or [good("database", msg("PostgreSQL {version} dùng được."), version=server.version)], True


async def server_clock(url: str, now: datetime) -> list[Diagnosis]:
    """Compare the machine's clock with the server's: leases and jobs are kept by both."""
    try:
        return machine.clock((await database.server(url)).clock, now)
    except DatabaseError:
        return []


async def broker(url: str) -> list[Diagnosis]:
    """Tell whether a broker between the processes answers; without it messages are noted, and answered later."""
    if not any(await asyncio.gather(*(_answers(node) for node in addresses.machines(url)))):
        what = msg("Không gọi được RabbitMQ: tin đến vẫn được ghi, nhưng chưa được trả lời.")
        mend = msg("Chạy RabbitMQ, hoặc bỏ dòng `BOT_BROKER_URL` và chạy một tiến trình.")
        return [bad("broker", what, mend)]
    return [good("broker", msg("RabbitMQ trả lời."))]


async def _answers(node: addresses.Machine) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(node.host or "127.0.0.1", node.port or 5672)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def officials(now: datetime) -> list[Diagnosis]:
    """Tell whether each commune has somebody to hear what is wrong; the database must be open."""
    communes = await units.communes(local_day(now))
    if not communes:
        what = msg("Chưa có xã nào trong dữ liệu.")
        mend = msg("Điền tệp Excel mẫu của lệnh `export`, rồi nhập bằng lệnh `import`.")
        return [soon("people", what, mend)]
    found: list[Diagnosis] = []
    for place in communes:
        holders = await people.holders(CHAIR, place.id, now)
        reachable = await people.reachable_each([one.person_id for one in holders])
        if not any(reachable.values()):
            what = msg("Chủ tịch {unit} chưa vào bot, nên chưa ai duyệt được thông báo.")
            mend = msg("Làm mã mời: `invite --role chair --unit {code}`, rồi đưa cho Chủ tịch.")
            found.append(soon("people", what, mend, unit=place.full_name, code=place.code))
    return found or [good("people", msg("Chủ tịch đã vào bot."))]
