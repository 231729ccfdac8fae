"""Invented reports: a village's team, and a commune of thirty villages and all forty-five indicators."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.core.lean.values import replace
from bot.features.calendar.periods import Period
from bot.features.checkins.lights import Light
from bot.features.checkins.model import Kind as IndicatorKind
from bot.features.commune.bases import register
from bot.features.reports.correspondence import LetterTarget, MeetingDetails, invitation, minutes, target_letter
from bot.features.reports.data import (
    Letterhead,
    ReportData,
    ReportedDifficulty,
    ReportedIndicator,
    ReportedPractice,
    ReportedUnit,
    Team,
    TrendPoint,
    VillageFigures,
)
from bot.features.reports.founding import FoundingMember, Seller, pledge, team_decision

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
NOVEMBER = Period("2026-11", date(2026, 10, 15), date(2026, 11, 14))

LABELS = """
TT01|Số hộ được tuyên truyền trực tiếp|hộ|stock
TT02|Số lượt phát trên loa thôn|lượt|flow
TT03|Số bài/tệp âm thanh đã phát|tệp|flow
TT04|Số hội nghị, họp thôn có lồng ghép|cuộc|flow
TT05|Số lượt người dự họp, tập huấn|lượt người|flow
TT06|Số tin, bài đăng nhóm Zalo thôn/OA|tin|flow
TC01|Số thành viên Tổ|người|stock
TC02|Số đoàn viên ngoài Tổ tham gia|người|stock
TC03|Số buổi tập huấn cho Tổ|buổi|flow
TC04|Số buổi hướng dẫn cho người dân|buổi|flow
TC05|Số lượt hướng dẫn trực tiếp, tại nhà|lượt|flow
TC06|Tỷ lệ hộ có người trong nhóm Zalo thôn|%|ratio
TC07|Tỷ lệ người trưởng thành dùng điện thoại thông minh|%|ratio
TC08|Tỷ lệ hộ có Internet cáp quang|%|ratio
CQ01|Người trưởng thành đã kích hoạt VNeID mức 2|người|stock
CQ02|Hồ sơ nộp trực tuyến do Tổ hỗ trợ|hồ sơ|flow
CQ03|Tỷ lệ hồ sơ nộp trực tuyến toàn xã|%|ratio
CQ04|Tỷ lệ hồ sơ thanh toán phí trực tuyến|%|ratio
CQ05|Người quan tâm Zalo OA xã|người|stock
CQ06|Người cài ứng dụng công dân số|người|stock
CQ07|Phản ánh hiện trường gửi/đã xử lý|việc|flow
CQ08|Lượt truy cập trang TTĐT xã|lượt|flow
KT01|Hộ/cơ sở có gian hàng TMĐT|gian hàng|stock
KT02|Gian hàng có phát sinh đơn|%|ratio
KT03|Sản phẩm đưa lên sàn|sản phẩm|stock
KT04|Người trưởng thành có tài khoản thanh toán|%|ratio
KT05|Cơ sở kinh doanh nhận thanh toán QR|%|ratio
KT06|Hộ trả tiền điện không dùng tiền mặt|%|ratio
KT07|Bản cam kết chất lượng đã ký|%|ratio
KT08|Hộ kinh doanh được hướng dẫn eTax Mobile, hóa đơn|%|ratio
XH01|Người tích hợp Sổ SKĐT trên VNeID|%|ratio
XH02|Người tích hợp thẻ BHYT trên VNeID/VssID|%|ratio
XH03|Người nhận trợ cấp qua tài khoản|%|ratio
XH04|Phụ huynh dùng sổ liên lạc điện tử|%|ratio
XH05|Người hoàn thành Bình dân học vụ số|%|ratio
XH06|Gia đình đạt “Gia đình số”|%|ratio
XH08|Người cao tuổi được hướng dẫn tại nhà|người|stock
AT01|Lượt cảnh báo lừa đảo đã phát|lượt|flow
AT02|Vụ việc nghi lừa đảo Tổ ghi nhận, chuyển công an|vụ|flow
AT03|Người dự buổi nói chuyện an toàn thông tin|người|flow
VM01|Khó khăn, vướng mắc tiếp nhận/đã giải quyết|việc|flow
CL01|Tỷ lệ người còn dùng được sau 30 ngày|%|ratio
CL02|Mức hài lòng sau hướng dẫn|%|ratio
CH01|Cách làm hay được gửi/được nhân rộng|cách làm|flow
CH02|Mô hình của thôn khác được áp dụng|mô hình|flow
"""

VILLAGE_CODES = ("TT02", "TT04", "TT05", "TT06", "TC05", "CQ01", "CQ02", "KT01", "KT05", "XH01", "AT01")

VILLAGES = (
    "Lạc Hiền", "Bình Hải", "Cổ Lâm", "Đông Yên", "Hà Thanh", "Khương Dụ", "La Phù", "Mỹ Thành", "Nộn Khê", "Ngọc Lâm",
    "Phúc Lộc", "Quảng Phúc", "Tân Hòa", "Trung Đồng", "Vân Mộng", "Yên Liêu", "Yên Thổ", "Bồng Hải", "Cầu Lim",
    "Đồi Mít", "Giang Khê", "Hảo Nho", "Liên Trì", "Mai Trung", "Nam Sơn", "Ngọc Động", "Phương Nại", "Quyết Trung",
    "Thọ Bình", "Xóm 10",
)  # fmt: skip


def row(code: str, label: str, unit: str, kind: IndicatorKind, seed: int) -> ReportedIndicator:
    """Figures that differ from one another and are the same in each run; every ninth was not reported."""
    if seed % 9 == 8:
        return ReportedIndicator(code, label, unit, code[:2], kind, Decimal(100), light="missing")
    percent = Decimal(55 + seed * 7 % 60) + Decimal("0.6")
    light: Light = "done" if percent >= 100 else "on_track" if percent >= 85 else "behind" if percent >= 70 else "slow"
    change = Decimal((seed * 5) % 13 - 4)
    if kind == "ratio":
        part, whole = Decimal(240 + seed * 3), Decimal(410)
        share = (100 * part / whole).quantize(Decimal("0.1"))
        return ReportedIndicator(
            code, label, unit, code[:2], kind, Decimal(80), None, share, percent, change, part, whole, light=light
        )
    value = Decimal(12 + seed * 17)
    cumulative = value * 11 if kind == "stock" else value * 4
    target = (100 * (cumulative if kind == "stock" else value) / percent).quantize(Decimal(1))
    return ReportedIndicator(code, label, unit, code[:2], kind, target, value, cumulative, percent, change, light=light)


def rows() -> tuple[ReportedIndicator, ...]:
    kinds: dict[str, IndicatorKind] = {"stock": "stock", "flow": "flow", "ratio": "ratio"}
    parts = [line.split("|") for line in LABELS.strip().splitlines()]
    return tuple(
        row(code, label, unit, kinds[kind], seed) for seed, (code, label, unit, kind) in enumerate(parts, start=1)
    )


def village() -> ReportData:
    """The team of thôn Lạc Hiền in November 2026, not yet signed."""
    return ReportData(
        unit=ReportedUnit("lac-hien", "thôn", "Lạc Hiền"),
        kind="village",
        commune="xã Yên Mô",
        province="tỉnh Ninh Bình",
        period=NOVEMBER,
        letterhead=Letterhead(
            issuer=("Tổ công nghệ số cộng đồng", "thôn Lạc Hiền"),
            superior="UBND xã Yên Mô",
            symbol="BC-TCNSCĐ",
            place="Yên Mô",
            authority=("Tổ trưởng",),
            signer="Nguyễn Văn A",
            addressees=("Ủy ban nhân dân xã Yên Mô",),
            recipients=("Như trên", "BCĐ chuyển đổi số xã", "Bí thư Chi bộ, Trưởng thôn", "Lưu: Tổ CNSCĐ"),
        ),
        rows=tuple(found for found in rows() if found.code in VILLAGE_CODES),
        households=397,
        people=1412,
        adults=1020,
        team=Team(members=7, youth=3),
        difficulties=(
            ReportedDifficulty(
                "Không có điện thoại thông minh",
                "Nhiều người cao tuổi chưa có điện thoại thông minh",
                state="đang xử lý",
            ),
            ReportedDifficulty(
                "Điện thoại cũ không có NFC",
                "12 hộ dùng điện thoại cũ không đọc được thẻ căn cước",
                answer="xã bố trí máy tại nhà văn hóa sáng thứ Bảy",
                state="đã giải quyết",
                open=False,
            ),
        ),
        practices=(
            ReportedPractice(
                "Góc hướng dẫn tối thứ Bảy", "đoàn viên trực tại nhà văn hóa, mỗi buổi giúp 10 đến 15 người"
            ),
        ),
        trend=tuple(
            TrendPoint(
                f"T{month}",
                {"CQ01": Decimal(1700 + 180 * month), "TC05": None if month == 8 else Decimal(150 + 9 * month)},
            )
            for month in range(6, 12)
        ),
        audit_head="128:3f9c2a7be1d04c55",
        fictitious=True,
    )


def commune() -> ReportData:
    """Xã Yên Mô in November 2026: 30 villages, three of them silent, 45 indicators."""
    indicators = rows()
    silent = ("Cầu Lim", "Mai Trung", "Xóm 10")
    figures = tuple(
        VillageFigures(
            f"thôn {name}",
            {
                found.code: None
                if name in silent or (at + seed) % 11 == 0
                else Decimal((at * 37 + seed * 13) % (100 if found.kind == "ratio" else 400))
                for seed, found in enumerate(indicators)
            },
        )
        for at, name in enumerate(VILLAGES)
    )
    return replace(
        village(),
        unit=ReportedUnit("yen-mo", "xã", "Yên Mô"),
        kind="commune",
        letterhead=Letterhead(
            issuer=("Ủy ban nhân dân", "xã Yên Mô"),
            symbol="BC-UBND",
            place="Yên Mô",
            authority=("TM. Ủy ban nhân dân", "Chủ tịch"),
            signer="Trần Thị B",
            addressees=("Sở Khoa học và Công nghệ tỉnh Ninh Bình",),
            recipients=(
                "Như trên",
                "TT Đảng ủy, TT HĐND xã",
                "Chủ tịch, các PCT UBND xã",
                "Phòng VH-XH",
                "Lưu: VT, VHXH",
            ),
        ),
        rows=indicators,
        team=Team(30, 187, 64),
        villages=figures,
        missing=tuple(f"thôn {name}" for name in silent),
        expected=30,
        difficulties=tuple(replace(item, village="thôn Lạc Hiền") for item in village().difficulties),
    )


def letters() -> dict[str, bytes]:
    """Every other document, by the symbol of its kind; none is signed yet."""
    head = commune().letterhead
    invited = ("Thành viên Ban Chỉ đạo chuyển đổi số xã", "Tổ trưởng các Tổ công nghệ số cộng đồng")
    meeting = MeetingDetails(
        "họp giao ban Tổ công nghệ số cộng đồng tháng 11 năm 2026",
        datetime(2026, 11, 24, 8, 0, tzinfo=SAIGON),
        "Hội trường Ủy ban nhân dân xã Yên Mô",
        "đồng chí Trần Thị B, Chủ tịch Ủy ban nhân dân xã",
        ("Đánh giá kết quả tháng 11", "Triển khai nhiệm vụ tháng 12"),
    )
    team = (
        FoundingMember("Nguyễn Văn A", "Trưởng thôn", "Tổ trưởng"),
        FoundingMember("Lê Thị C", "Bí thư Chi đoàn thanh niên", "Tổ phó"),
        FoundingMember("Phạm Văn D", "Công an viên", "Thành viên"),
        FoundingMember("Đỗ Thị E", "Chi hội Phụ nữ", "Thành viên"),
        FoundingMember("Vũ Văn G", "Giáo viên", "Thành viên"),
    )
    targets = tuple(
        LetterTarget(found.label, found.unit_of_measure, {name: Decimal(20 + seed) for name in VILLAGES[:8]})
        for seed, found in enumerate(rows()[:20])
    )
    return {
        "CV": target_letter(
            replace(
                head,
                symbol="UBND-VHXH",
                addressees=tuple(f"Tổ công nghệ số cộng đồng thôn {name}" for name in VILLAGES[:8]),
                contact="UBND xã Yên Mô, tỉnh Ninh Bình. Điện thoại: 0229 000 0000 (số ví dụ)",
            ),
            "xã Yên Mô",
            Period("2026-Q4", date(2026, 9, 15), date(2026, 12, 14)),
            date(2026, 12, 5),
            targets,
            VILLAGES[:8],
            register().cited("cv", date(2026, 9, 15)),
        ),
        "GM": invitation(
            replace(head, symbol="GM-UBND", recipients=("Như trên", "Lưu: VT, VHXH")),
            "Ủy ban nhân dân xã Yên Mô",
            invited,
            meeting,
            "các Tổ mang theo số liệu của tháng",
        ),
        "BB": minutes(
            replace(head, symbol="BB-UBND", authority=("Chủ trì",), recipients=("Thành viên dự họp", "Lưu: VT, VHXH")),
            meeting,
            ("Trần Thị B", "Nguyễn Văn A", "Lê Thị C"),
            "Lê Thị C",
            ("Các Tổ gửi báo cáo trước 16 giờ thứ Sáu",),
        ),
        "QĐ": team_decision(
            replace(
                head,
                symbol="QĐ-UBND",
                authority=("Chủ tịch",),
                addressees=(),
                recipients=("Như Điều 4", "TT Đảng ủy, TT HĐND xã", "Lưu: VT, VHXH"),
            ),
            "xã Yên Mô",
            "thôn Lạc Hiền",
            team,
            year=2026,
            bases=register().cited("qd", date(2026, 11, 20)),
        ),
        "CK": pledge(
            replace(head, addressees=("Ủy ban nhân dân xã Yên Mô",)),
            "xã Yên Mô",
            Seller(business="Hộ kinh doanh Bếp quê", products="bánh đa, cốm, trà hoa cúc"),
            year=2026,
        ),
    }
