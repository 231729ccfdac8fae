"""The front: first contact, menu, help, language, size of letters, small talk, and what to say when nothing fits."""

from __future__ import annotations

from bot.features.speech import hearing, recogniser
from bot.handlers.kit import unkept
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.meanings import Meaning
from bot.handlers.kit.provisions import DISPATCH, GUIDE_READER, HAND_OVER, HOME, MISHEARD, NothingMisheard
from bot.i18n import msg

from . import edited, meanings, office_words, small_talk, start, voice_notes, wording

MEANINGS = (
    Meaning("wish:menu", msg("Xem các việc tôi làm được"), command="menu"),
    Meaning("wish:greeting", command="start"),
    Meaning("wish:language", msg("Đổi tiếng"), command="ngonngu"),
    Meaning("wish:stop", command="dunglai"),
)
"""What free words may mean beside a guide."""


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    services, home, reader, hand_over = base.services, given[HOME], given[GUIDE_READER], given[HAND_OVER]
    misheard = given.get(MISHEARD) or NothingMisheard()
    small = small_talk.SmallTalkConversation(
        home.communes_named,
        lambda ctx: wording.whom_to_meet(ctx, home.here(ctx)),
        hand_over,
        reader.menu_items,
        reader.unfinished,
        base.content.search,
        reader.asks,
    )
    voice = voice_notes.VoiceNoteConversation(services.jobs, given[DISPATCH].route)
    hooks.menu.add(start.settings_items, order=120)
    hooks.after_help.add(office_words.after_help(given[DISPATCH].knows), order=10)
    hooks.understand.add(small.call_first, order=240)
    hooks.understand.add(small.understand, order=266)
    meant = meanings.MeaningConversation(hooks.meanings, base.content.search, given[DISPATCH], reader, misheard)
    hooks.understand.add(meant.understand, order=268)
    hooks.elsewhere.add(meant.elsewhere, order=110)
    hooks.understand.add(small.after_danger, order=280)
    hooks.understand.add(meant.perhaps_reported, order=290)
    for number, reads in enumerate((small.aside, small.after_danger)):
        hooks.asking_for_help.add(reads, order=40 + number)
    heard = recogniser.installed()
    unsaved = [] if base.forget is None else [unkept.build(base.forget)]
    first = start.FrontConversation(
        start.FrontParts(
            base.content.catalogues.names, home, given[DISPATCH], reader, hand_over, meant.nearest, hooks, misheard
        )
    )
    larger = Meaning("wish:large", msg("Chữ to hơn"), does=first.enlarge)
    for meaning in (*MEANINGS, larger, *small.meanings):
        hooks.meanings.add(meaning)
    return Contribution(
        [
            *unsaved,
            voice_notes.build(voice, hears=heard is not None),
            small_talk.build(small),
            meanings.build(meant),
            edited.build(),
            start.build(first, hooks),
        ],
        jobs=hearing.kinds(base.by_name, heard, base.receive),
    )


FAMILY = Family("front", build, needs=(DISPATCH, GUIDE_READER, HAND_OVER, HOME), wants=(MISHEARD,), always=True)
