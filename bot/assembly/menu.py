"""The commune's commands in the menu of a messenger: those that people ask for most, in the order of a day."""

from __future__ import annotations

from bot.platforms import Menu, MenuEntry

_SHARED = (
    ("menu", "Danh sách việc bot giúp được", "What this bot can do"),
    ("huongdan", "Hướng dẫn từng bước", "Step-by-step guides"),
    ("tim", "Tìm hướng dẫn", "Search the guides"),
    ("tieptuc", "Làm tiếp việc đang dở", "Continue where you stopped"),
    ("trogiup", "Nhờ người trong thôn giúp", "Ask somebody in the village for help"),
    ("baocao", "Báo cáo tuần của thôn", "The village's weekly report"),
    ("khokhan", "Báo khó khăn", "Report a difficulty"),
    ("nhiemvu", "Việc được giao", "Tasks"),
    ("thongbao", "Thông báo của xã", "Announcements of the commune"),
    ("kiemtra", "Kiểm tra thông báo thật hay giả", "Check whether an announcement is genuine"),
    ("dovui", "Đố vui trong nhóm của thôn", "A quiz in the village's group"),
    ("dangky", "Đăng ký nhóm của thôn", "Register the village's group"),
    ("ngonngu", "Đổi ngôn ngữ", "Change the language"),
    ("chulon", "Chữ lớn, mỗi tin một câu", "Large text, one sentence per message"),
    ("huy", "Hủy việc đang làm", "Cancel"),
    ("dung", "Ngừng nhận tin", "Stop messages"),
    ("start", "Bắt đầu lại", "Start"),
)
_PERSONAL = (
    ("cauhoi", "Mỗi ngày một câu hỏi", "One question a day"),
    ("moi", "Tạo mã mời", "Create an invitation code"),
    ("dulieu", "Dữ liệu của tôi", "My data"),
    ("xoadulieu", "Xóa dữ liệu của tôi", "Erase my data"),
)


def menu() -> Menu:
    """Return the menu in Vietnamese, and in English for whoever has a phone that speaks it."""
    personal = [(True, one) for one in _PERSONAL]
    whole = [(False, one) for one in _SHARED] + personal
    return {
        "": [MenuEntry(name, vietnamese, apart) for apart, (name, vietnamese, _) in whole],
        "en": [MenuEntry(name, english, apart) for apart, (name, _, english) in whole],
    }
