"""The buttons of who posts an announcement to the followers of the official account."""

from __future__ import annotations

from bot.core.actions import Action


class ShowArticle(Action, code="toa"):
    """Show the article to be posted, and what is said of the vendor's rules."""

    announcement: int


class TellPosted(Action, code="toa2"):
    """“Đã phát trên OA”: it is posted; how many followers it went to is asked next."""

    announcement: int


class CountLater(Action, code="toa4"):
    """“Để sau”: how many followers it went to is not known yet."""

    announcement: int


class TellNotPosted(Action, code="toa3"):
    """“Bấm nhầm”: it is not posted after all."""

    announcement: int
