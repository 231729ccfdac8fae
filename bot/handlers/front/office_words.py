"""The words by which officials get to what stands in no menu."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.context import Context
from bot.core.text import Text
from bot.features.people import people
from bot.features.rights.table import OFFICIALS
from bot.handlers.kit.hooks import Note
from bot.handlers.kit.speaker import account_of
from bot.i18n import msg

from .wording import only_known

WORDS = msg(
    "**Việc của cán bộ xã**, bác gõ:\n"
    "• **thông báo**: soạn, biên nhận, đính chính, thu hồi; **TB-0001**: mở tin theo số\n"
    "• **xuất báo cáo**, **góp ý báo cáo**, **đợt báo cáo**, **chỉ tiêu**\n"
    "• **văn bản**: giấy mời, biên bản, công văn, quyết định; **ghi văn bản**, **kho văn bản**, **căn cứ**\n"
    "• **khó khăn**, **hỏi ý kiến**, **giao việc**, **giúp đỡ**, **nhật ký**, **gọi lại**, **cách làm hay**\n"
    "• **tập huấn**, **ngân hàng câu hỏi**, **kiểm bài**, **lời chưa hiểu**, **thống kê**, **chất lượng**\n"
    "• **loa**, **lịch loa**, **phương thức của thôn**, **sản phẩm** của bà con\n"
    "• **mời**, **ai chưa vào**, **danh sách người**, **chuyển kênh**, **trạng thái**, **cài đặt của xã**"
)


def after_help(knows: Callable[[str], bool]) -> Note:
    """Return what adds the words of the office below the help, for officials in private alone."""

    async def add(ctx: Context) -> bool:
        if not ctx.private:
            return False
        who = await people.who(account_of(ctx), ctx.now)
        if not any(grant.role in OFFICIALS for grant in who.grants):
            return False
        ctx.reply(Text.of(only_known(ctx.word(WORDS), knows)), aside=True)
        return True

    return add
