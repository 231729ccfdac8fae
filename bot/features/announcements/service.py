"""All that is done with announcements, over one outbox and one audit log."""

from __future__ import annotations

from bot.features.audit import Audit
from bot.features.outbox.box import Outbox

from .approval import Approval
from .clock import Clock
from .draft import Drafts
from .stop import Stop


class Announcements:
    """What conversations and jobs share. Everything here runs inside the caller's transaction, but for `clock.tick`."""

    def __init__(self, outbox: Outbox, audit: Audit) -> None:
        self.outbox = outbox
        self.drafts = Drafts(audit)
        self.approval = Approval(outbox, audit)
        self.stop = Stop(outbox, audit, self.drafts)
        self.clock = Clock(outbox)
