"""The buttons of who pastes announcements into the group of a village."""

from __future__ import annotations

from bot.core.actions import Action


class TellPasted(Action, code="tf2"):
    """“Đã dán vào nhóm” under the question that came with the words: the group has it, and all messages arrived."""

    ask: int


class TellNotPasted(Action, code="tf3"):
    """“Chưa dán được” under that question: somebody else has to be asked, and all messages arrived."""

    ask: int


class SayPasted(Action, code="tff"):
    """“Đã dán vào nhóm” under a reminder, in a list or in words: the group has it. No message is proven by it."""

    ask: int


class SayNotPasted(Action, code="tfg"):
    """“Chưa dán được”, as in SayPasted."""

    ask: int


class DropProof(Action, code="tf4"):
    """“Bỏ ảnh”: the picture of the group is removed."""

    ask: int


class ListVillageWays(Action, code="tfa"):
    """List the villages of a commune with their ways; pages count from 0."""

    commune: int
    page: int


class ShowVillageWays(Action, code="tfb"):
    """Show the ways of a village, in their order, and who answers for each."""

    village: int


class PutFirst(Action, code="tfc"):
    """Put a way before the other one of its kind; said twice it is as said once."""

    village: int
    way: str


class ChooseAnswerer(Action, code="tfd"):
    """Choose who answers for a way in a village."""

    village: int
    way: str


class NameAnswerer(Action, code="tfe"):
    """Name a person for a way; 0 is nobody."""

    village: int
    way: str
    person: int
