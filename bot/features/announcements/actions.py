"""The buttons under announcements. What changes something names its object and that object's version."""

from __future__ import annotations

from bot.core.actions import Action


class Received(Action, code="tn"):
    """“Đã nhận” in a group: this target of this announcement has it."""

    announcement: int
    target: int


class Played(Action, code="tp"):
    """“Đã phát loa” in a group."""

    announcement: int
    target: int


class OpenAnnouncement(Action, code="to"):
    """Show one: its state, and what may be done with it now."""

    announcement: int


class PrintPoster(Action, code="ti2"):
    """Where its poster is, to be printed."""

    announcement: int


class ListAnnouncements(Action, code="tl"):
    pass


class NewAnnouncement(Action, code="tm"):
    """Begin one; `template` "" is free text, "?" asks for it."""

    template: str


class Change(Action, code="ts"):
    """Begin to change one part of a draft: text, title, source, plan, expiry, klass, more."""

    announcement: int
    version: int
    part: str


class AddFiles(Action, code="ti"):
    """Wait for files."""

    announcement: int


class AddRecording(Action, code="tf"):
    """Attach a recording of the loudspeaker that was approved by ear."""

    announcement: int
    version: int
    recording: int


class DropAttachment(Action, code="tx"):
    """Take off the file whose stored name begins with `media`."""

    announcement: int
    version: int
    media: str


class ChooseAudience(Action, code="ts2"):
    announcement: int


class Toggle(Action, code="tg"):
    """Put a part of the audience on or off: `all`, `commune`, `team`, `enterprise`, `kind:…` or `unit:…`."""

    announcement: int
    version: int
    part: str


class ChooseVillages(Action, code="tv"):
    """One by one, from the village of this place in the list on."""

    announcement: int
    start: int


class Preview(Action, code="tw"):
    announcement: int


class TrySandbox(Action, code="tt"):
    announcement: int
    version: int


class AskApproval(Action, code="ta"):
    announcement: int
    version: int


class Approve(Action, code="td"):
    announcement: int
    version: int


class GiveBack(Action, code="tr"):
    """Refuse it, with a reason: to be changed, or for good."""

    announcement: int
    version: int
    final: bool


class GoUrgent(Action, code="tu"):
    """Send without an approver, with a reason."""

    announcement: int
    version: int


class SendLate(Action, code="te"):
    """Its time was missed; send it all the same."""

    announcement: int
    version: int


class Cancel(Action, code="th"):
    """`sure` False asks first."""

    announcement: int
    version: int
    sure: bool


class CorrectIt(Action, code="tc"):
    """Begin a correction for exactly those groups that have the first; a recall writes its text itself."""

    announcement: int
    recall: bool


class ShowWays(Action, code="tj2"):
    """How it is passed on outside of the bot."""

    announcement: int


class PutWay(Action, code="tj3"):
    """Note or take back one of those ways."""

    announcement: int
    way: str
    on: bool


class ReadNotice(Action, code="tb"):
    """Read what everybody, or the person's village, was told; by its number in the commune."""

    number: int
