"""The service for announcements: all operations, over one outbox and one audit log."""

from __future__ import annotations

from bot.features.audit import Audit
from bot.features.outbox.box import Outbox

from .approval import Approval
from .relays.answering import RelayAnswers
from .relays.asking import ReadAt, nowhere
from .relays.ladder import RelayLadder
from .scheduled_work import AnnouncementSchedule
from .stop import AnnouncementStop
from .writing.draft import Drafts


class Announcements:
    """The parts that conversations and jobs share. All run inside the caller's transaction, except what ticks.

    `read_at` is the address at which residents read an announcement, by the code of their village.
    """

    def __init__(self, outbox: Outbox, audit: Audit, read_at: ReadAt = nowhere) -> None:
        self.outbox = outbox
        self.read_at = read_at
        self.drafts = Drafts(audit)
        self.approval = Approval(outbox, audit, read_at)
        self.stop = AnnouncementStop(outbox, audit, self.drafts)
        self.schedule = AnnouncementSchedule(outbox, read_at)
        self.answers = RelayAnswers(outbox, read_at)
        self.ladder = RelayLadder(outbox, read_at)
