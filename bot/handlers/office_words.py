"""The words by which officials get to what stands in no menu."""

from __future__ import annotations

from bot.core.context import Context
from bot.features import people
from bot.features.rights.table import OFFICIALS
from bot.i18n import msg

from .inviting import account_of

WORDS = msg(
    "**Việc của cán bộ xã**, bác gõ:\n"
    "• **thông báo**: soạn, biên nhận, đính chính, thu hồi; **TB-0001**: mở tin theo số\n"
    "• **xuất báo cáo**, **góp ý báo cáo**, **đợt báo cáo**, **chỉ tiêu**\n"
    "• **văn bản**: giấy mời, biên bản, công văn, quyết định; **ghi văn bản**, **kho văn bản**, **căn cứ**\n"
    "• **khó khăn**, **hỏi ý kiến**, **giao việc**, **giúp đỡ**, **nhật ký**, **gọi lại**, **cách làm hay**\n"
    "• **tập huấn**, **ngân hàng câu hỏi**, **kiểm bài**, **thống kê**, **chất lượng**\n"
    "• **loa**, **lịch loa**, **phương thức của thôn**, **sản phẩm** của bà con\n"
    "• **mời**, **ai chưa vào**, **danh sách người**, **chuyển kênh**, **trạng thái**, **cài đặt của xã**"
)


async def after_help(ctx: Context) -> bool:
    """Said below the help, to officials alone."""
    if not ctx.private:
        return False
    who = await people.who(account_of(ctx), ctx.now)
    if not any(grant.role in OFFICIALS for grant in who.grants):
        return False
    ctx.reply(ctx.t(WORDS), aside=True)
    return True
