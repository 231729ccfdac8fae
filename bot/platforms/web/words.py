"""The page's own words, in the language of the site: of what stands on it, and what its script writes."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.text import msg
from bot.platforms import Words

TITLE = msg("The bot")
NOTICE = msg("This is an automatic answering machine, no person. Please send no passwords and no card numbers here.")
LARGER = msg("Larger letters")
NEEDS_SCRIPT = msg("This page needs JavaScript. Please turn it on in your browser and open the page again.")
AWAY = msg("The machine is busy. Please try again in a few minutes.")
CROWDED = msg("Too many people are here right now. Please try again in a few minutes.")
NOT_HERE = msg("This page may not open the conversation.")
NO_FILES_HERE = msg("This page may not send files.")
OPEN_AGAIN = msg("Please open the page again.")
NO_PHONE = msg("There is no such phone.")
START = msg("Start")
FILE = msg("file")

_OF_SCRIPT: Mapping[str, str] = {
    "bot": msg("Answering machine"),
    "me": msg("You"),
    "sending": msg("Sending…"),
    "download": msg("Download the file:"),
    "holder": msg("Who holds the phone"),
    "lost": msg("Connecting again…"),
    "talk": msg("Conversation:"),
    "greeting": msg("Press the button below, or type what you would like to know."),
    "start": START,
    "mine": msg("Your message"),
    "photo": msg("Photo"),
    "orFile": msg("or file"),
    "type": msg("Type here…"),
    "send": msg("Send"),
}


def of_script(words: Words, locale: str) -> dict[str, str]:
    """Return what the script writes on the page, by its names there; `locale` is how it writes numbers."""
    return {"locale": locale, **{name: words(text) for name, text in _OF_SCRIPT.items()}}
