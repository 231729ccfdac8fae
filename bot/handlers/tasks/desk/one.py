"""One task: its card, the buttons of whoever does it and of whoever gave it, its result in one form."""

from __future__ import annotations

from bot.features import units
from bot.features.people import people
from bot.features.rights import Act
from bot.features.tasks.actions import FinishTask, RefuseTask
from bot.features.tasks.model import HELD, LONGEST_NOTE
from bot.features.tasks.notices import TaskWords, doer_buttons, giver_buttons, paper
from bot.handlers.kit.pages import DeskPage
from bot.handlers.tasks.common import TaskView, view
from bot.office.desk.addresses import number_of
from bot.office.desk.visit import HOME, Answer, Do, No, Sheet, Visit

from .listed import ADDRESS, place_label, row_of


class TaskPage:
    async def _seen(self, visit: Visit) -> TaskView | No:
        seen = await view(visit.who, number_of(visit.path["id"]), visit.now)
        return No(visit.t(seen)) if isinstance(seen, str) else seen

    async def show(self, visit: Visit) -> Answer:
        seen = await self._seen(visit)
        if isinstance(seen, No):
            return seen
        one, words = seen.task, TaskWords(visit.t, visit.word, visit.locale)
        names = await people.names_of({each for each in (one.doer_id, one.giver_id) if each is not None})
        place = await units.by_id(one.unit_id)
        held = seen.mine and one.state in HELD
        ends = {FinishTask.code, RefuseTask.code}
        buttons = doer_buttons(one, words) if seen.mine or one.state == "open" else []
        if seen.leads:
            buttons += giver_buttons(one, words)
        return Sheet(
            "tasks/one.html",
            visit.t("Việc số {id}", id=one.id),
            {
                "row": row_of(
                    visit, one, "" if place is None else place_label(visit, place), names.get(one.doer_id or 0, "")
                ),
                "one": one,
                "giver": names.get(one.giver_id or 0, ""),
                "paper": paper(one.source, words) if one.source.document else None,
                "held": held,
                # Those two ask for words, for which there is a form.
                "buttons": [each for each in buttons if each.code not in ends],
                "longest": LONGEST_NOTE,
                "home": HOME + ADDRESS,
            },
        )

    async def take(self, visit: Visit) -> Answer:
        """Say the result, or why it cannot be done."""
        seen = await self._seen(visit)
        if isinstance(seen, No):
            return seen
        words, version = visit.said("loi"), number_of(visit.said("ban"))
        if visit.said("viec") == "chua":
            if not words:
                return No(visit.t("Chưa có chữ nào để gửi."), 400)
            return Do(RefuseTask(seen.task.id, version), visit.address, visit.word("Chưa làm được"), words)
        # “xong” says to the conversation that there is nothing to add.
        return Do(FinishTask(seen.task.id, version), visit.address, visit.word("Xong"), words or "xong")

    def page(self) -> DeskPage:
        return DeskPage(
            f"{ADDRESS}/{{id}}",
            self.show,
            self.take,
            act=Act.ASSIGN_TASKS,
            reaches=(
                FinishTask.code,
                RefuseTask.code,
            ),
        )
