"""A messenger: its token, the webhook as the vendor sees it, and how much of the plan is left."""

from __future__ import annotations

from bot.core.platform import (
    Inspected,
    Platform,
    Probed,
    TokenRefused,
    Unreachable,
    Usage,
    VendorView,
    account_of,
    vendor_of,
)
from bot.features.doctor.diagnosis import Diagnosis, Value, bad, good, soon
from bot.features.groups.naming import called
from bot.features.health import is_near
from bot.i18n import msg

_NEW_TOKEN = msg(
    "Lấy mã mới, ghi bằng lệnh `account change {account}`, hoặc trên bàn làm việc. Không cần khởi động lại."
)
MANY_WAITING = 50
"""Updates that the vendor keeps: more than come together in a busy minute."""


async def seen(platform: Platform) -> tuple[list[Diagnosis], VendorView | None]:
    """Ask the vendor, as far as it can be asked, how it sees the bot; its view is None when it did not tell."""
    name = called(platform.name)
    try:
        if isinstance(platform, Inspected):
            view = await platform.inspect()
            if not view.asked:
                return [], None
            return [*_known(name, view), *_hook(name, view)], view
        if isinstance(platform, Probed):
            await platform.probe()
            return [good("token", msg("{name}: máy chủ trả lời."), name=name)], None
    except TokenRefused:
        return [_refused(platform.name)], None
    except Unreachable as error:
        what = msg("{name}: máy này không gọi được tới máy chủ của ứng dụng ({why}).")
        mend = msg("Xem máy có mạng không, tường lửa có chặn không. Mạng phải qua proxy thì đặt proxy trong cấu hình.")
        return [bad("network", what, mend, name=name, why=error.reason)], None
    return [], None


def refused_setting(platform: str, why: str) -> Diagnosis:
    """Tell that an adapter does not take its settings; `why` names the setting."""
    what = msg("{name}: {why}.")
    mend = msg("Sửa dòng ấy trong `.env`, rồi khởi động lại: `systemctl restart langso`.")
    if account_of(platform):
        mend = msg("Sửa bằng lệnh `account change {account}`, hoặc ở trang “Bot và OA của xã” trên bàn làm việc.")
    return bad("settings", what, mend, name=called(platform), why=why.rstrip("."), account=platform)


def gone(platform: str) -> Diagnosis:
    """Tell that messages to the platform are on hold because it did not know the bot's token."""
    what = msg("{name}: tin đang nằm chờ vì mã của bot từng bị từ chối.")
    mend = msg("Lấy mã mới, ghi vào `.env`, rồi khởi động lại: `systemctl restart langso`.")
    if account_of(platform):
        mend = _NEW_TOKEN
    return bad("token", what, mend, name=called(platform), account=platform)


def left_behind(platform: str, was: str, now: str, code: str) -> Diagnosis:
    """Tell that a bot still belongs to a commune that became part of another, whose announcements it does not bring."""
    what = msg("{name}: bot vẫn ghi là của {was}, nay đã về {now}; thông báo của {now} không đi qua bot này.")
    mend = msg("Giao bot cho xã mới: `account change {account} --commune {code}`.")
    return soon("commune", what, mend, name=called(platform), was=was, now=now, account=platform, code=code)


def _refused(platform: str) -> Diagnosis:
    what = msg("{name} không nhận mã của bot.")
    mend = msg(
        "Lấy lại mã của {name}, không phải mã của ứng dụng khác. Ghi vào dòng `{setting}` trong `.env`, rồi khởi động "
        "lại bot."
    )
    if account_of(platform):
        mend = _NEW_TOKEN
    setting = f"BOT_{vendor_of(platform).upper()}_…"
    return bad("token", what, mend, name=called(platform), setting=setting, account=platform)


def _known(name: str, view: VendorView) -> list[Diagnosis]:
    return [good("token", msg("{name}: mã đúng, bot tên là {bot}."), name=name, bot=view.name or "?")]


def _hook(name: str, view: VendorView) -> list[Diagnosis]:
    if view.hook is None:
        return []
    values = {"name": name, "hook": view.hook, "wanted": view.wanted}
    if view.hook != view.wanted:
        return [_misled(view, values)]
    found: list[Diagnosis] = []
    if view.wanted and view.trouble:
        what = msg("{name} gọi tới bot mà không được: {why}.")
        mend = msg("Mở {wanted} từ ngoài xem có tới nginx không. Xem chứng chỉ, nginx và `BOT_PORT`.")
        found.append(bad("webhook", what, mend, **values, why=view.trouble.rstrip(".")))
    if view.waiting >= MANY_WAITING:
        what = msg("{name} đang giữ {waiting} tin bà con gửi mà bot chưa lấy.")
        mend = msg("Xem bot có chạy không: `systemctl status langso`. Nhật ký: `journalctl -u langso`.")
        found.append(bad("webhook", what, mend, **values, waiting=view.waiting))
    if not found and view.wanted:
        found.append(good("webhook", msg("{name} gọi đúng địa chỉ {hook}."), **values))
    return found


def _misled(view: VendorView, values: dict[str, str]) -> Diagnosis:
    if not view.wanted:
        what = msg("{name} đưa tin tới {hook}, mà bot này lại tự đi hỏi tin: máy khác đang dùng cùng mã.")
        mend = msg("Tắt chương trình ở máy kia, hoặc lấy mã mới cho bot này. Rồi khởi động lại bot.")
        return bad("webhook", what, mend, **values)
    mend = msg("Khởi động lại bot để bot đặt lại địa chỉ. Vẫn vậy thì máy khác đang dùng cùng mã: lấy mã mới.")
    if not view.hook:
        what = msg("{name} chưa biết gọi tới đâu: địa chỉ {wanted} chưa được nhận.")
        return bad("webhook", what, mend, **values)
    return bad("webhook", msg("{name} gọi tới {hook}, không phải {wanted}."), mend, **values)


def plan(platform: str, usage: Usage | None) -> list[Diagnosis]:
    """Judge how much of a month's plan is left, and whether new people and groups still have room."""
    if usage is None:
        return []
    name, found = called(platform), list[Diagnosis]()
    if usage.sent_limit:
        values: dict[str, Value] = {"name": name, "sent": usage.sent, "limit": usage.sent_limit}
        mend = msg("Gửi bớt tin, chuyển thôn sang ứng dụng khác bằng `/chuyenkenh`, hoặc nâng gói.")
        if usage.sent >= usage.sent_limit:
            what = msg("{name}: đã hết {limit} tin của tháng, tin thường phải chờ sang tháng.")
            found.append(bad("plan", what, mend, **values))
        elif is_near(usage.sent, usage.sent_limit):
            found.append(soon("plan", msg("{name}: tháng này đã gửi {sent} trên {limit} tin."), mend, **values))
        else:
            found.append(good("plan", msg("{name}: tháng này đã gửi {sent} trên {limit} tin."), **values))
    if usage.groups_limit and usage.groups >= usage.groups_limit:
        what = msg("{name}: đã đủ {groups} nhóm của gói, nhóm mới không vào được.")
        mend = msg("Mời tổ trưởng các thôn còn lại nhắn riêng với bot để đưa tin: gõ “mời”. Hoặc nâng gói.")
        found.append(soon("plan", what, mend, name=name, groups=usage.groups_limit))
    if usage.users_limit and usage.users >= usage.users_limit:
        what = msg("{name}: đã đủ {users} người của gói, người mới không được trả lời.")
        mend = msg("Ở đây chỉ mời cán bộ và người đưa tin. Bà con dùng trang của xã. Hoặc nâng gói.")
        found.append(bad("plan", what, mend, name=name, users=usage.users_limit))
    return found
