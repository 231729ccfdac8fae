"""Every phrase of the documents, in the wording that communes use. Texts only; no layout and no arithmetic.

`{n}` in a phrase is the figure; `{name}` fields are filled by the drafting code.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.features.calendar.periods import PeriodKind
from bot.features.checkins.lights import Light
from bot.features.difficulties.difficulties import CATEGORIES

NOT_REPORTED = "— chưa báo cáo —"
NO_FIGURE = "—"
BLANK = "……"
OPEN_DAY = "ngày …… tháng …… năm {year}"
TEAM = "Tổ công nghệ số cộng đồng"

LIGHTS: Mapping[Light, str] = {
    "done": "Hoàn thành",
    "on_track": "Đúng tiến độ",
    "behind": "Cần cố gắng",
    "slow": "Chậm",
    "missing": "Chưa báo cáo",
    "untargeted": "Không giao chỉ tiêu",
}

AREAS: Mapping[str, str] = {
    "TC": "Tổ chức, hoạt động của Tổ",
    "TT": "Công tác tuyên truyền",
    "CQ": "Về chính quyền số",
    "KT": "Về kinh tế số",
    "XH": "Về xã hội số",
    "AT": "Về an toàn thông tin",
    "VM": "Tiếp nhận, giải quyết khó khăn, vướng mắc",
    "CL": "Về chất lượng hướng dẫn",
    "CH": "Cách làm hay, mô hình điển hình",
}
"""Areas of indicators by the letters of their codes, in the order of a report. Another area is its own title."""

# How an indicator is said in a sentence. Flows follow "Trong kỳ …:", the others "Đến hết kỳ …:". For a ratio {n} is its
# percentage where "%" follows, else the count above the line.
PHRASES: Mapping[str, str] = {
    "TT01": "{n} hộ được tuyên truyền trực tiếp",
    "TT02": "phát {n} lượt trên hệ thống truyền thanh thôn",
    "TT03": "phát {n} bài, tệp âm thanh",
    "TT04": "lồng ghép tuyên truyền tại {n} hội nghị, cuộc họp thôn",
    "TT05": "có {n} lượt người dự họp, tập huấn",
    "TT06": "đăng {n} tin, bài trên nhóm mạng xã hội của thôn",
    "TC01": "có {n} thành viên Tổ",
    "TC02": "có {n} đoàn viên ngoài Tổ tham gia",
    "TC03": "tổ chức {n} buổi tập huấn cho Tổ",
    "TC04": "tổ chức {n} buổi hướng dẫn cho người dân",
    "TC05": "hướng dẫn {n} lượt trực tiếp, tại nhà",
    "TC06": "tỷ lệ hộ có người trong nhóm mạng xã hội của thôn đạt {n}%",
    "TC07": "tỷ lệ người trưởng thành dùng điện thoại thông minh đạt {n}%",
    "TC08": "tỷ lệ hộ có Internet cáp quang đạt {n}%",
    "CQ01": "lũy kế {n} người kích hoạt tài khoản định danh điện tử mức 2",
    "CQ02": "hỗ trợ nộp {n} hồ sơ dịch vụ công trực tuyến",
    "CQ03": "tỷ lệ hồ sơ nộp trực tuyến đạt {n}%",
    "CQ04": "tỷ lệ hồ sơ thanh toán phí trực tuyến đạt {n}%",
    "CQ05": "lũy kế {n} người quan tâm trang mạng xã hội của xã",
    "CQ06": "lũy kế {n} người cài ứng dụng công dân số",
    "CQ07": "xử lý {n} phản ánh hiện trường",
    "CQ08": "có {n} lượt truy cập trang thông tin điện tử xã",
    "CQ09": "tỷ lệ người biết VNeID đạt {n}%",
    "CQ10": "tỷ lệ người biết ứng dụng công dân số đạt {n}%",
    "CQ11": "tỷ lệ người dùng được ứng dụng công dân số đạt {n}%",
    "KT01": "lũy kế {n} gian hàng trên sàn thương mại điện tử",
    "KT02": "tỷ lệ gian hàng có phát sinh đơn đạt {n}%",
    "KT03": "lũy kế {n} sản phẩm được đưa lên sàn",
    "KT04": "tỷ lệ người trưởng thành có tài khoản thanh toán đạt {n}%",
    "KT05": "tỷ lệ cơ sở kinh doanh nhận thanh toán QR đạt {n}%",
    "KT06": "tỷ lệ hộ trả tiền điện không dùng tiền mặt đạt {n}%",
    "KT07": "tỷ lệ gian hàng đã ký bản cam kết chất lượng đạt {n}%",
    "KT08": "tỷ lệ hộ kinh doanh được hướng dẫn eTax Mobile, hóa đơn điện tử đạt {n}%",
    "KT09": "tỷ lệ hộ biết gian hàng điện tử đạt {n}%",
    "KT10": "tỷ lệ người biết thanh toán không tiền mặt đạt {n}%",
    "KT11": "tỷ lệ doanh nghiệp ký hợp đồng, xuất hóa đơn điện tử đạt {n}%",
    "XH01": "tỷ lệ người tích hợp Sổ sức khỏe điện tử trên VNeID đạt {n}%",
    "XH02": "tỷ lệ người tích hợp thẻ bảo hiểm y tế trên VNeID, VssID đạt {n}%",
    "XH03": "tỷ lệ người nhận trợ cấp qua tài khoản đạt {n}%",
    "XH04": "tỷ lệ phụ huynh dùng sổ liên lạc điện tử đạt {n}%",
    "XH05": "tỷ lệ người hoàn thành Bình dân học vụ số đạt {n}%",
    "XH06": "tỷ lệ hộ đạt “Gia đình số” đạt {n}%",
    "AT01": "phát {n} lượt cảnh báo lừa đảo",
    "AT02": "ghi nhận, chuyển công an {n} vụ việc nghi lừa đảo",
    "AT03": "có {n} người dự các buổi nói chuyện về an toàn thông tin",
    "VM01": "giải quyết {n} khó khăn, vướng mắc",
    "CL01": "tỷ lệ người còn sử dụng được sau 30 ngày đạt {n}%",
    "CL02": "mức hài lòng sau hướng dẫn đạt {n}%",
    "CH01": "có {n} cách làm hay được gửi, nhân rộng",
}

DURING: Mapping[PeriodKind, str] = {
    "week": "Trong tuần",
    "month": "Trong tháng",
    "quarter": "Trong quý",
    "half": "Trong 6 tháng",
    "nine_months": "Trong 9 tháng",
    "year": "Trong năm",
}
BEFORE: Mapping[PeriodKind, str] = {
    "week": "tuần trước",
    "month": "tháng trước",
    "quarter": "quý trước",
    "half": "kỳ trước",
    "nine_months": "cùng kỳ năm trước",
    "year": "năm trước",
}
WHOLE: Mapping[PeriodKind, str] = {
    "week": "cả tuần trước",
    "month": "cả tháng trước",
    "quarter": "cả quý trước",
    "half": "cả 6 tháng trước",
    "nine_months": "cả 9 tháng của năm trước",
    "year": "cả năm trước",
}
"""The full earlier period, by name, with which a period that is not over is compared."""
NEXT: Mapping[PeriodKind, str] = {
    "week": "tuần tới",
    "month": "tháng tới",
    "quarter": "quý tới",
    "half": "thời gian tới",
    "nine_months": "3 tháng cuối năm",
    "year": "năm tới",
}

# Difficulties as people report them, by the side on which they lie. What is in neither list is "vấn đề khác".
CITIZENS = tuple(CATEGORIES[name] for name in ("no_phone", "password", "sim", "fear", "sight", "bank", "returned"))
EQUIPMENT = tuple(CATEGORIES[name] for name in ("no_nfc", "no_signal", "app"))
SIDES = ("Về phía người dân", "Về hạ tầng, thiết bị", "Vấn đề khác")

SLOTS: Mapping[str, str] = {
    "mo_dau": "câu mở đầu",
    "tinh_hinh": "đặc điểm tình hình",
    "chi_dao": "công tác chỉ đạo, điều hành",
    "uu_diem": "ưu điểm",
    "ton_tai": "tồn tại, hạn chế",
    "nguyen_nhan": "nguyên nhân",
    "nhiem_vu": "phương hướng, nhiệm vụ kỳ tới",
    "kien_nghi": "kiến nghị, đề xuất",
}
"""Paragraphs that a person may write instead of the draft."""

UNKNOWN_SLOT = "Không có đoạn “{key}” trong báo cáo. Các đoạn thay được: {known}."
UNKNOWN_FIELD = "Chỗ điền “{{{{{key}}}}}” không có trong báo cáo. Các chỗ điền dùng được: {known}."

TEAM_OPENING = "Thực hiện {plan}, {issuer} báo cáo kết quả {period} như sau:"
TEAM_PLAN = "Kế hoạch hoạt động của Tổ công nghệ số cộng đồng năm {year} của Ủy ban nhân dân {commune}"
COMMUNE_OPENING = "Thực hiện {plan}, Ủy ban nhân dân {commune} báo cáo kết quả {period}, cụ thể như sau:"
COMMUNE_PLAN = "Kế hoạch hoạt động của Tổ công nghệ số cộng đồng trên địa bàn năm {year}"
SPAN = "Số liệu được tính từ ngày {first} đến ngày {last}."

HAS = "{unit} có {parts}."
MERGED = "{unit} đã sáp nhập vào {into} từ ngày {day}; số liệu trong báo cáo được tính đến hết ngày trước đó."
MERGED_NOTE = "sáp nhập vào {into} từ {day}"
CARRIED = "số kỳ trước"
REACHES = "đạt {percent} ({part}/{whole})"
NO_WHOLE = "đã báo {part}, chưa có mẫu số"
PARTLY = "{count}/{expected} thôn báo cáo"
PARTLY_CARRIED = "{count} thôn lấy số kỳ trước"
TOGETHER = "gồm {parts}"
NO_REPORT = (
    "{during}, {unit} chưa gửi số liệu báo cáo; các chỉ tiêu trong Phụ lục ghi “— chưa báo cáo —” và "
    "không được tính là 0."
)
NO_INDICATORS = "Kỳ này chưa có chỉ tiêu nào được giao."
NO_VILLAGES = "Kỳ này chưa có thôn, tổ dân phố nào phải gửi báo cáo."
ALL_REPORTED = "{during}, {count} thôn, tổ dân phố đã gửi báo cáo."
ALL_BUT_GAPS = (
    "{during}, {count} thôn, tổ dân phố đã gửi báo cáo; một số chỉ tiêu chưa đủ số liệu, ghi tại Phụ lục kèm theo."
)
SOME_REPORTED = "{during}, {count}/{expected} thôn, tổ dân phố đã gửi báo cáo; chưa báo cáo: {missing}."
DIRECTION = (
    "Ủy ban nhân dân {commune} đã chỉ đạo, đôn đốc các Tổ công nghệ số cộng đồng triển khai nhiệm vụ, tổng hợp kết quả "
    "theo từng thôn, tổ dân phố và kịp thời hướng dẫn, tháo gỡ khó khăn, vướng mắc phát sinh."
)
FLOWS = "{during}: {clauses}."
STATES = "Đến hết kỳ báo cáo: {clauses}."
GAPS = "Chỉ tiêu {labels}: — chưa báo cáo —."
SHARE = "đạt {percent} chỉ tiêu giao"
GOAL = "chỉ tiêu {target}"
RISE, FALL, SAME = "tăng {n}{unit} so với {before}", "giảm {n}{unit} so với {before}", "bằng {before}"
POINTS = " điểm phần trăm"
METHODS = "Phương thức triển khai ở các thôn"
METHOD = "- {method}: {count} thôn ({villages})."
OWN_METHOD = "- {village} có cách làm riêng: {own}."
METHODS_TEAM = "Phương thức triển khai: {methods}."
DIRECTIVES = "Ý KIẾN CHỈ ĐẠO"
OPINION_AFTER: Mapping[str, str] = {
    "help": "sau khi được Tổ công nghệ số cộng đồng giúp",
    "guide": "sau khi tự xem bài hướng dẫn",
}
MOODS: Mapping[str, str] = {"good": "Tốt", "fair": "Tạm được", "poor": "Chưa được"}
OPINION = (
    "Ý kiến của người dân {after}: {answers} lượt trả lời, {good} lượt đánh giá “Tốt”, đạt {percent}{until}{left_out}."
)
OPINION_UNTIL = ", tính đến ngày {day}"
OPINION_LEFT_OUT = " (không tính những tháng có ít lượt trả lời)"
OPINION_NEARLY_ALL = "Ý kiến của người dân {after}: {answers} lượt trả lời, hầu hết đánh giá “{mood}”."
QUIZ = "Có {people} người trả lời câu hỏi kiến thức số của xã{right}{span}."
QUIZ_RIGHT = ", tỷ lệ trả lời đúng {percent}"
QUIZ_SPAN = " (tính từ ngày {first} đến ngày {last})"
COMPARED = "Kết quả so với chỉ tiêu được giao"
COMPARED_TEXT = "{summary} Số liệu chi tiết tại Phụ lục kèm theo."
SUMMARY = "Trong {total} chỉ tiêu được giao: {parts}."
NONE_DUE = "Chưa có chỉ tiêu nào được giao mức phấn đấu."

NO_DIFFICULTY = "Trong kỳ không ghi nhận khó khăn, vướng mắc."
DIFFICULTY_STATE = " ({state})"
DIFFICULTY_ANSWER = " Ý kiến của xã: {answer}"
CAUSES = "Nguyên nhân chủ yếu do: {causes} (theo phản ánh từ cơ sở)."
NO_CAUSE = "Chưa có phản ánh từ cơ sở để tổng hợp nguyên nhân."
STRENGTHS = (
    "Các Tổ công nghệ số cộng đồng duy trì hoạt động, phát huy phương châm “đi từng ngõ, gõ từng nhà, hướng dẫn từng "
    "người”."
)
STRENGTHS_TEAM = "Tổ duy trì hoạt động, phát huy phương châm “đi từng ngõ, gõ từng nhà, hướng dẫn từng người”."
ORGANISED = "Kiện toàn, thành lập Tổ công nghệ số cộng đồng"
STRONG_ROWS = "Các chỉ tiêu đạt khá: {labels}."
WEAK_ROWS = "Tuy nhiên vẫn còn một số hạn chế, các chỉ tiêu đạt thấp: {labels}."
WEAK_VILLAGES = "Còn {count} thôn, tổ dân phố chưa gửi báo cáo đúng hạn."
NO_WEAKNESS = "Chưa có chỉ tiêu nào chậm so với tiến độ."
WITH_PERCENT = "{label} (đạt {percent} chỉ tiêu)"

TASK_MOTTO = "Tiếp tục phương châm “đi từng ngõ, gõ từng nhà, hướng dẫn từng người”; duy trì các kết quả đã đạt được."
TASK_WEAK = "Tập trung thực hiện các chỉ tiêu còn thấp: {labels}."
TASK_MISSING = "Đôn đốc các thôn, tổ dân phố chưa gửi báo cáo: {missing}."
TASK_GAPS = "Bổ sung số liệu các chỉ tiêu chưa báo cáo."
TASK_OPEN = "Phối hợp giải quyết dứt điểm {count} khó khăn, vướng mắc còn tồn."
ASK_OPEN = "Đề nghị {addressee} xem xét, chỉ đạo giải quyết {count} khó khăn, vướng mắc nêu tại {section}."
ASK_NONE = "Đề nghị {addressee} tiếp tục quan tâm, tạo điều kiện để {issuer} hoàn thành nhiệm vụ được giao."
CLOSING = "Trên đây là báo cáo {subject}, trân trọng báo cáo./."
SUBJECT = "Kết quả hoạt động Tổ công nghệ số cộng đồng {period}"

ROWS_TITLE = "KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU {period}"
VILLAGES_TITLE = "SỐ LIỆU CỦA CÁC THÔN, TỔ DÂN PHỐ {period}"
ATTACHED = "(Kèm theo {document} số {number} {day} của {issuer})"
COLUMNS = (
    "TT", "Nội dung chỉ tiêu", "Đơn vị tính", "Chỉ tiêu giao", "Thực hiện trong kỳ", "Lũy kế", "Tỷ lệ (%)",
    "So với kỳ trước", "Ghi chú",
)  # fmt: skip
LEGEND = "Dấu “—”: chưa báo cáo. Số 0 là số đã báo cáo."
TRACE = "{draft}Số liệu do các Tổ báo cáo, tổng hợp tự động. Mã sổ nhật ký: {head}"
DRAFT = "Bản dự thảo; số, ngày và chữ ký do người có thẩm quyền ghi. "
FICTITIOUS = "Số liệu ví dụ, không phải số liệu thật. "

BASIS = "Căn cứ {name}"
TARGETS_SUBJECT = "giao chỉ tiêu hoạt động Tổ công nghệ số cộng đồng {period}"
TARGETS_TITLE = "CHỈ TIÊU GIAO CÁC TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG {period}"
TARGETS_BODY = (
    (
        "Thực hiện Kế hoạch hoạt động của Tổ công nghệ số cộng đồng trên địa bàn {commune}, Ủy ban nhân dân "
        "{commune} giao chỉ tiêu hoạt động {period} cho các Tổ công nghệ số cộng đồng như sau:"
    ),
    "1. Giao các Tổ công nghệ số cộng đồng thực hiện các chỉ tiêu tại Phụ lục kèm theo.",
    (
        "2. Tổ trưởng phân công nhiệm vụ cho từng thành viên, bảo đảm rõ người, rõ việc, rõ thời gian, rõ kết quả; "
        "báo cáo kết quả về Ủy ban nhân dân {commune} trước {day}."
    ),
    (
        "3. Trong quá trình thực hiện, nếu có khó khăn, vướng mắc, đề nghị phản ánh về Phòng Văn hóa - Xã hội để "
        "được hướng dẫn, giải quyết."
    ),
    "Đề nghị các Tổ công nghệ số cộng đồng nghiêm túc thực hiện./.",
)

INVITES = "{issuer} trân trọng kính mời:"
ATTEND = "Tới dự: {subject}."
CHAIR = "Chủ trì: {chair}."
TIME = "Thời gian: {time}."
PLACE = "Địa điểm: {place}."
AGENDA = "Nội dung: {agenda}."
NOTE = "Lưu ý: {note}."
INVITATION_CLOSING_VILLAGE = "Kính mời bà con tới dự đúng thời gian./."
INVITATION_CLOSING = "Kính mời các đồng chí tới dự đúng thời gian, đúng thành phần./."

STARTED = "Thời gian bắt đầu: {time}."
PRESENT = "Thành phần tham dự: {names}."
ABSENT = "Vắng mặt: {names}."
SECRETARY = "Thư ký (người ghi biên bản): {name}."
MINUTES_CONTENT = "Nội dung"
MINUTES_CONCLUSIONS = "Kết luận"
MINUTES_QUESTIONS = "Ý kiến, câu hỏi của người dự"
PRESENT_COUNT = "{count} người"
OPEN_END = "…… giờ …… phút cùng ngày"
ENDED = "Cuộc họp kết thúc vào {time}./."

DECISION_SUBJECT = "về việc thành lập Tổ công nghệ số cộng đồng {village}"
DECISION_OFFICE = "Chủ tịch Ủy ban nhân dân {commune}"
DECISION_PROPOSAL = "Theo đề nghị của Trưởng phòng Văn hóa - Xã hội"
DECISION_ARTICLES = (
    "Thành lập Tổ công nghệ số cộng đồng {village}, {commune}, gồm {count} thành viên (có danh sách kèm theo).",
    (
        "Tổ công nghệ số cộng đồng có nhiệm vụ tuyên truyền, hướng dẫn người dân sử dụng các nền tảng số, dịch vụ "
        "công trực tuyến và kỹ năng số; định kỳ báo cáo kết quả về Ủy ban nhân dân {commune}. Tổ trưởng phân công "
        "nhiệm vụ cho các thành viên."
    ),
    "Quyết định này có hiệu lực kể từ ngày ký.",
    (
        "Văn phòng HĐND và UBND {commune}, Trưởng phòng Văn hóa - Xã hội, {village} và các ông (bà) có tên tại Điều "
        "1 chịu trách nhiệm thi hành Quyết định này./."
    ),
)
MEMBERS_TITLE = "DANH SÁCH TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG {village}"
MEMBER_COLUMNS = ("TT", "Họ và tên", "Chức vụ, đơn vị", "Nhiệm vụ trong Tổ", "Ghi chú")
NO_MEMBERS = "Quyết định cần ít nhất một thành viên. Đề nghị bổ sung danh sách Tổ."

PLEDGE_SUBJECT = "Cung cấp sản phẩm đúng chất lượng cho khách hàng"
PLEDGE_FIELDS = (
    "Tên hộ, cơ sở kinh doanh", "Người đại diện", "Địa chỉ", "Điện thoại", "Sản phẩm đưa lên sàn thương mại điện tử",
)  # fmt: skip
PLEDGE_OPENING = "Tôi xin cam kết với khách hàng và Ủy ban nhân dân {commune}:"
PLEDGES = (
    "Cung cấp sản phẩm đúng chất lượng, số lượng, nguồn gốc và hình ảnh đã giới thiệu; giá bán niêm yết rõ ràng.",
    "Không bán hàng giả, hàng cấm, hàng quá hạn, hàng không rõ nguồn gốc; bảo đảm an toàn thực phẩm theo quy định.",
    "Đóng gói cẩn thận, giao hàng đúng hẹn; đổi, trả hoặc hoàn tiền khi giao sai, hàng hỏng hoặc không đúng mô tả.",
    "Bảo vệ thông tin cá nhân của khách hàng; trả lời ý kiến, khiếu nại của khách hàng kịp thời.",
    "Chấp hành quy định của sàn thương mại điện tử và nghĩa vụ thuế theo pháp luật.",
)
PLEDGE_CLOSING = "Nếu không thực hiện đúng các nội dung trên, tôi xin chịu trách nhiệm trước pháp luật."
PLEDGE_SIGNER = "Người cam kết"
SIGN_HINT = "(Ký, ghi rõ họ tên)"

SHEET_SUMMARY, SHEET_VILLAGES, SHEET_DIFFICULTIES, SHEET_PRACTICES = "Tổng hợp", "Theo thôn", "Khó khăn", "Cách làm hay"
SHEET_COLUMNS = (
    "Mã", "Nội dung chỉ tiêu", "Đơn vị tính", "Chỉ tiêu giao", "Thực hiện trong kỳ", "Lũy kế", "Tỷ lệ (%)",
    "So với kỳ trước", "Đánh giá", "Ghi chú",
)  # fmt: skip
DIFFICULTY_COLUMNS = ("Thôn, tổ dân phố", "Loại", "Mức gấp", "Nội dung", "Trạng thái", "Ý kiến của xã")
PRACTICE_COLUMNS = ("Thôn, tổ dân phố", "Cách làm hay", "Nội dung")
SHEET_FACTS = ("Đơn vị", "Kỳ báo cáo", "Từ ngày", "Đến ngày", "Đã báo cáo", "Chưa báo cáo", "Số liệu")
SHEET_CHARTS = "Biểu đồ"
CHART_SHARE = "Tỷ lệ thực hiện so với chỉ tiêu (%)"
CHART_LIGHTS = "Số chỉ tiêu theo mức đánh giá"
CHART_PROGRESS = "Tiến độ các chỉ tiêu"
CHART_REPORTED = "Đã báo cáo: {count}/{expected}"
CHART_TARGET = "vạch đứng: 100% chỉ tiêu"
CHART_EMPTY = "Kỳ này chưa có số liệu."
YES, NO = "đã báo cáo", "chưa báo cáo"
