"""The page of learning: training sessions of the commune and its villages, and its question banks."""

from __future__ import annotations

from bot.core.messages import Button
from bot.features import units
from bot.features.calendar.vietnam import VIETNAM, today
from bot.features.learning import banks, sessions
from bot.features.learning.actions import SendBanks
from bot.features.learning.banks import Bank
from bot.features.learning.files import SEND
from bot.features.learning.sessions import AUDIENCES, STATES, TrainingEvent
from bot.features.learning.training_actions import NewTraining, OpenTraining
from bot.features.rights import Act
from bot.handlers.kit.pages import DeskPage
from bot.handlers.learning.question_banks import BankFile
from bot.i18n import msg, time_in_words, weekday_date
from bot.office.desk.cards import Card, Section, Top, sheet_of
from bot.office.desk.visit import HOME, Answer, Visit

ADDRESS = "/tap-huan"
_SHOWN = 40


class LearningPage:
    async def show(self, visit: Visit) -> Answer:
        places = {one.id: one for one in (visit.commune, *await units.villages(visit.commune.id, today(visit.now)))}
        found = await sessions.of_units(list(places), _SHOWN)
        held = await banks.of_commune(visit.commune.id)
        word = visit.word
        files = [
            Button.to(word("Tải tệp về") if held else word("Tải tệp mẫu"), BankFile("banks")),
            Button.to(word(SEND), SendBanks()),
            Button.to(word("Kết quả ra Excel"), BankFile("results")),
        ]
        sections = [
            Section(
                word("Buổi tập huấn"),
                [self._session(visit, one, places[one.unit_id].full_name) for one in found],
                word("Chưa có buổi tập huấn nào. Chọn “Lập buổi mới” để mời bà con hay Tổ."),
            ),
            Section(
                word("Ngân hàng câu hỏi"),
                [Card(word("Tệp Excel"), buttons=files), *(self._bank(visit, one) for one in held)],
            ),
        ]
        new = Button.to(word("Lập buổi mới"), NewTraining(""))
        top = Top([new], [("dovui", word("Đố vui")), ("bangdovui", word("Bảng đố vui"))])
        return sheet_of(visit, visit.t("Tập huấn và câu hỏi"), sections, top)

    def _session(self, visit: Visit, one: TrainingEvent, place: str) -> Card:
        at = one.starts_at.astimezone(VIETNAM)
        lines = [
            visit.t(
                "Cho {audience}, {unit}. Lúc {time}, {day}, tại {place}.",
                unit=place, audience=visit.word(AUDIENCES[one.audience]), place=one.place,
                time=time_in_words(at.time(), visit.locale), day=weekday_date(at.date(), visit.locale),
            )
        ]  # fmt: skip
        if one.present is not None:
            lines.append(visit.t("Số người dự: {count}.", count=one.present))
        state, badge = visit.word(STATES[one.state]), "waits" if one.live else "fine"
        opens = Button.to(visit.word("Mở buổi này"), OpenTraining(one.id))
        return Card(one.title, lines, state, "waits" if badge == "waits" else "fine", [opens],
                    to=f"{HOME}{ADDRESS}/{one.id}")  # fmt: skip

    def _bank(self, visit: Visit, one: Bank) -> Card:
        count = visit.t("{count} câu", count=len(one.questions))
        return Card(one.title, [count], folded=[each.text for each in one.questions])

    def page(self) -> DeskPage:
        about = msg("Buổi tập huấn sắp tới và đã qua; bộ câu hỏi của xã cho đố vui và câu hỏi mỗi ngày.")
        return DeskPage(ADDRESS, self.show, act=Act.TEACH, label=msg("Tập huấn"), order=62, about=about)
