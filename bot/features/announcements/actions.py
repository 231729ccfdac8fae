"""The buttons under announcements. An action that changes an object carries the object's id and version."""

from __future__ import annotations

from bot.core.actions import Action


class Received(Action, code="tn"):
    """“Đã nhận” in a group: this target of this announcement has it."""

    announcement: int
    target: int


class TellPlayed(Action, code="tp"):
    """“Đã phát loa” in a group."""

    announcement: int
    target: int


class OpenAnnouncement(Action, code="to"):
    """Show an announcement: its state, and the actions that are possible now."""

    announcement: int


class PrintPoster(Action, code="ti2"):
    """Show the address of its poster, to be printed."""

    announcement: int


class ListAnnouncements(Action, code="tl"):
    pass


class NewAnnouncement(Action, code="tm"):
    """Begin an announcement; `template` "" is free text, "?" asks for it."""

    template: str


class ChangeDraft(Action, code="ts"):
    """Begin to change one part of a draft: text, title, source, plan, expiry, klass, more."""

    announcement: int
    version: int
    part: str


class AddFiles(Action, code="ti"):
    """Begin to wait for files."""

    announcement: int


class AddRecording(Action, code="tf"):
    """Attach a recording of the loudspeaker that was approved by ear."""

    announcement: int
    version: int
    recording: int


class DropAttachment(Action, code="tx"):
    """Remove the file whose stored name begins with `media`."""

    announcement: int
    version: int
    media: str


class ChooseAudience(Action, code="ts2"):
    announcement: int


class Toggle(Action, code="tg"):
    """Switch a part of the audience on or off: `all`, `commune`, `team`, `enterprise`, `kind:…` or `unit:…`."""

    announcement: int
    version: int
    part: str


class ChooseVillages(Action, code="tv"):
    """Choose villages one by one; `start` is the place in the list at which the page begins."""

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
    """Reject it, with a reason: for changes or, if `final`, for good."""

    announcement: int
    version: int
    final: bool


class GoUrgent(Action, code="tu"):
    """Send without an approver, with a reason."""

    announcement: int
    version: int


class SendLate(Action, code="te"):
    """Send it although its time was missed."""

    announcement: int
    version: int


class Cancel(Action, code="th"):
    """Cancel it; with `sure` False ask for confirmation first."""

    announcement: int
    version: int
    sure: bool


class CorrectIt(Action, code="tc"):
    """Begin a correction for exactly those groups that have the first one; a recall asks for confirmation."""

    announcement: int
    recall: bool


class TakeBack(Action, code="tc2"):
    """Write the recall. `newest` is the newest announcement that was shown as being taken back by it."""

    announcement: int
    newest: int


class ShowOtherChannels(Action, code="tj2"):
    """Show the ways in which it is passed on outside of the bot."""

    announcement: int


class SetOtherChannel(Action, code="tj3"):
    """Note or remove one of those ways."""

    announcement: int
    way: str
    on: bool


class ReadNotice(Action, code="tb"):
    """Show an announcement to everybody or to the person's village, by its number in the commune."""

    number: int


class OpenReceipt(Action, code="tq"):
    """Show the current receipt of an announcement."""

    announcement: int
