"""The buttons under announcements. What changes something names its object and that object's version."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action


@dataclass(frozen=True)
class Received(Action, code="tn"):
    """“Đã nhận” in a group: this target of this announcement has it."""

    announcement: int
    target: int


@dataclass(frozen=True)
class Played(Action, code="tp"):
    """“Đã phát loa” in a group."""

    announcement: int
    target: int


@dataclass(frozen=True)
class OpenAnnouncement(Action, code="to"):
    """Show one: its state, and what may be done with it now."""

    announcement: int


@dataclass(frozen=True)
class ListAnnouncements(Action, code="tl"):
    pass


@dataclass(frozen=True)
class NewAnnouncement(Action, code="tm"):
    """Begin one; `template` "" is free text, "?" asks for it."""

    template: str


@dataclass(frozen=True)
class Change(Action, code="ts"):
    """Begin to change one part of a draft: text, title, source, plan, expiry, klass, more."""

    announcement: int
    version: int
    part: str


@dataclass(frozen=True)
class AddFiles(Action, code="ti"):
    """Wait for files."""

    announcement: int


@dataclass(frozen=True)
class AddRecording(Action, code="tf"):
    """Attach a recording of the loudspeaker that was approved by ear."""

    announcement: int
    version: int
    recording: int


@dataclass(frozen=True)
class DropAttachment(Action, code="tx"):
    """Take off the file whose stored name begins with `media`."""

    announcement: int
    version: int
    media: str


@dataclass(frozen=True)
class ChooseAudience(Action, code="ts2"):
    announcement: int


@dataclass(frozen=True)
class Toggle(Action, code="tg"):
    """Put a part of the audience on or off: `all`, `commune`, `team`, `enterprise`, `kind:…` or `unit:…`."""

    announcement: int
    version: int
    part: str


@dataclass(frozen=True)
class ChooseVillages(Action, code="tv"):
    """One by one, from the village of this place in the list on."""

    announcement: int
    start: int


@dataclass(frozen=True)
class Preview(Action, code="tw"):
    announcement: int


@dataclass(frozen=True)
class TrySandbox(Action, code="tt"):
    announcement: int
    version: int


@dataclass(frozen=True)
class AskApproval(Action, code="ta"):
    announcement: int
    version: int


@dataclass(frozen=True)
class Approve(Action, code="td"):
    announcement: int
    version: int


@dataclass(frozen=True)
class GiveBack(Action, code="tr"):
    """Refuse it, with a reason: to be changed, or for good."""

    announcement: int
    version: int
    final: bool


@dataclass(frozen=True)
class GoUrgent(Action, code="tu"):
    """Send without an approver, with a reason."""

    announcement: int
    version: int


@dataclass(frozen=True)
class SendLate(Action, code="te"):
    """Its time was missed; send it all the same."""

    announcement: int
    version: int


@dataclass(frozen=True)
class Cancel(Action, code="th"):
    """`sure` False asks first."""

    announcement: int
    version: int
    sure: bool


@dataclass(frozen=True)
class CorrectIt(Action, code="tc"):
    """Begin a correction for exactly those groups that have the first; a recall writes its text itself."""

    announcement: int
    recall: bool


@dataclass(frozen=True)
class ReadNotice(Action, code="tb"):
    """Read what everybody, or the person's village, was told; by its number in the commune."""

    number: int
