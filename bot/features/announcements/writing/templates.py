"""Templates of recurring announcements: the questions, one at a time, and the text that the answers make."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from bot.core.text import Text, clean
from bot.features.announcements.model import Klass
from bot.i18n import msg

LONGEST_ANSWER = 500
"""Characters of one answer; whoever reads one refuses a longer one."""


class TemplateQuestion(Struct, frozen=True):
    """`field` is the place in the template's text. An `optional` one may be skipped; its line then goes."""

    field: str
    ask: str
    optional: bool = False


class Template(Struct, frozen=True):
    """`text` has a line for each thing; `expires` says that it loses its worth when the time in `when` is over.

    An answer to `source` is no line: it is the announcement's own source.

    The texts that go to people stay Vietnamese: they are the commune's words, not the bot's.
    """

    key: str
    name: str
    title: str
    questions: tuple[TemplateQuestion, ...]
    text: str
    expires: bool = False
    klass: Klass = "routine"

    def fill(self, answers: Mapping[str, str]) -> str:
        """Return the text with the answers in their places, without the lines whose answer was skipped.

        The template ends its sentences itself, so an answer's own full stop is removed.
        """
        lines: list[str] = []
        for line in self.text.split("\n"):
            asked = [question.field for question in self.questions if f"{{{question.field}}}" in line]
            if all(answers.get(name, "").strip() for name in asked):
                given = {name: clean(answers[name]).strip().rstrip(" .,;") for name in asked}
                lines.append(Text.of(line, **given).plain)
        return "\n".join(lines).strip()


_MEETING = Template(
    key="meeting",
    name=msg("Họp thôn"),
    title="Mời họp thôn",
    questions=(
        TemplateQuestion("about", msg("Họp về việc gì? Ví dụ: bàn việc làm đường.")),
        TemplateQuestion("when", msg("Lúc nào? Ví dụ: 19 giờ 30, thứ Năm 26/11.")),
        TemplateQuestion("where", msg("Ở đâu? Ví dụ: nhà văn hóa thôn.")),
        TemplateQuestion("bring", msg("Bà con cần mang gì không? Không thì gõ “bỏ qua”."), optional=True),
    ),
    text="Kính mời bà con dự họp: {about}.\nThời gian: {when}.\nĐịa điểm: {where}.\nBà con nhớ mang: {bring}.\n"
    "Mỗi nhà cử một người. Trân trọng cảm ơn bà con.",
    expires=True,
)
_STORM = Template(
    key="storm",
    name=msg("Bão lũ"),
    title="Cảnh báo mưa bão",
    questions=(
        TemplateQuestion("what", msg("Chuyện gì sắp đến? Ví dụ: bão số 5, gió cấp 9.")),
        TemplateQuestion("when", msg("Khi nào? Ví dụ: từ 18 giờ hôm nay 24/11.")),
        TemplateQuestion("do", msg("Bà con cần làm gì? Ví dụ: chằng chống nhà cửa, không ra đồng.")),
        TemplateQuestion("call", msg("Cần giúp thì gọi số nào? Không có thì gõ “bỏ qua”."), optional=True),
    ),
    text="Kính báo bà con: {what}.\nThời gian: {when}.\nBà con cần làm: {do}.\nCần giúp, bà con gọi: {call}.\n"
    "Bà con báo cho nhà bên cạnh cùng biết.",
    klass="urgent",
)
_VACCINE = Template(
    key="vaccine",
    name=msg("Tiêm chủng"),
    title="Lịch tiêm chủng",
    questions=(
        TemplateQuestion("who", msg("Tiêm cho ai, tiêm gì? Ví dụ: trẻ 9 tháng, vắc xin sởi.")),
        TemplateQuestion("when", msg("Lúc nào? Ví dụ: 7 giờ 30, thứ Tư 25/11.")),
        TemplateQuestion("where", msg("Ở đâu? Ví dụ: Trạm Y tế xã.")),
        TemplateQuestion("bring", msg("Cần mang giấy tờ gì? Không thì gõ “bỏ qua”."), optional=True),
    ),
    text="Xã tổ chức tiêm chủng cho: {who}.\nThời gian: {when}.\nĐịa điểm: {where}.\nBà con nhớ mang: {bring}.\n"
    "Ai đang sốt hoặc mệt thì báo nhân viên y tế trước khi tiêm.",
    expires=True,
)
_SCAM = Template(
    key="scam",
    name=msg("Cảnh báo lừa đảo"),
    title="Cảnh báo lừa đảo",
    questions=(
        TemplateQuestion("trick", msg("Kẻ gian làm gì? Ví dụ: giả danh công an gọi điện, bảo cài ứng dụng lạ.")),
        TemplateQuestion("do", msg("Bà con nên làm gì? Ví dụ: tắt máy, gọi công an xã.")),
    ),
    text="Kẻ gian đang lừa bà con: {trick}.\nBà con cần làm: {do}.\n"
    "Bà con không đọc mã OTP, mật khẩu cho ai và không chuyển tiền khi chưa hỏi lại người nhà.",
)
_POLICY = Template(
    key="policy",
    name=msg("Chính sách, chế độ"),
    title="Chính sách bà con cần biết",
    questions=(
        TemplateQuestion("what", msg("Chính sách gì? Ví dụ: hỗ trợ tiền học cho con hộ nghèo.")),
        TemplateQuestion("who", msg("Ai được hưởng? Ví dụ: học sinh nhà thuộc hộ nghèo, cận nghèo.")),
        TemplateQuestion("do", msg("Bà con cần làm gì? Ví dụ: mang sổ hộ nghèo đến bộ phận một cửa trước ngày 30.")),
        TemplateQuestion("call", msg("Hỏi thêm thì gọi ai, số nào? Không có thì gõ “bỏ qua”."), optional=True),
        TemplateQuestion(
            "source",
            msg("Theo văn bản nào? Bác ghi số, ngày và nơi ban hành, như “Công văn số 12/UBND-VHXH ngày 20/11/2026”."),
        ),
    ),
    text="Chính sách: {what}.\nAi được hưởng: {who}.\nBà con cần làm: {do}.\nHỏi thêm, bà con gọi: {call}.\n"
    "Ai bảo nộp tiền trước mới được hưởng thì bà con đừng nộp, hỏi lại xã đã.",
)
TEMPLATES: Mapping[str, Template] = {one.key: one for one in (_MEETING, _STORM, _VACCINE, _POLICY, _SCAM)}
"""By key; the key of the scam warning is also the category that the police may approve."""
