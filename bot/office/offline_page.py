"""All guides in one HTML file that needs no network: for a memory stick, a culture house's computer, a weak signal."""

from __future__ import annotations

import asyncio
import base64
import gzip
import mimetypes
import zlib
from collections.abc import Sequence

from aiohttp import web
from msgspec import Struct

from bot.core.text import Text, fold
from bot.features.commune.settings import Commune
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.model import AREAS, Guide

from . import styles, templates
from .ground import FindPicture
from .guide_html import GuideHtml, ShownStep, Voice, about, help_box
from .html import CONTENT, digest
from .shelf import OFFLINE, Reading, Shelf, office_name

_PIECE = 64 * 1024
_MOST_KEPT = 4
_TOP = "_muc-luc"


def routes(shelf: Shelf, picture: FindPicture) -> list[web.RouteDef]:
    """Return `/huong-dan/tat-ca.html`, to be kept."""
    files = _Files(shelf, picture)

    async def download(request: web.Request) -> web.StreamResponse:
        packed = await files.packed(Reading(shelf, request))
        as_it_is = "gzip" in request.headers.get("Accept-Encoding", "")
        response = web.StreamResponse()
        response.content_type, response.charset = "text/html", "utf-8"
        response.headers["Content-Disposition"] = 'attachment; filename="huong-dan.html"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "public, max-age=3600"
        response.headers["Vary"] = "Accept-Encoding"
        if as_it_is:
            response.headers["Content-Encoding"] = "gzip"
            response.content_length = len(packed)
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        # Piece by piece: the whole of it, waiting for each of hundreds of slow readers, would fill the memory.
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        for at in range(0, len(packed), _PIECE):
            piece = packed[at : at + _PIECE]
            await response.write(piece if as_it_is else unpack.decompress(piece))
        await response.write_eof()
        return response

    return [web.get(OFFLINE, download)]


class _Files:
    """The files of the languages and communes that were asked for last, compressed.

    One is made when it is first asked for or its commune has changed, one at a time: it takes a thread's time, of which
    everybody who reads or sends a file needs some, and the drawings that are not rendered yet take ten seconds.
    """

    def __init__(self, shelf: Shelf, picture: FindPicture) -> None:
        self._shelf = shelf
        self._picture = picture
        self._made: dict[tuple[str, str], tuple[Commune, bytes]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def packed(self, reading: Reading) -> bytes:
        """Return the file for this reader as gzip has it; raise OSError for a picture that cannot be read."""
        key = reading.locale, reading.commune.code
        async with self._one_at_a_time:
            made = self._made.pop(key, None)
            if made is None or made[0] != reading.commune:
                voice = Voice(reading.locale, self._shelf.translate, reading.commune)
                # It reads files and makes over a megabyte: no conversation waits for it.
                made = reading.commune, await asyncio.to_thread(self._make, voice)
            self._made[key] = made
            if len(self._made) > _MOST_KEPT:
                del self._made[next(iter(self._made))]
        return made[1]

    def _make(self, voice: Voice) -> bytes:
        return gzip.compress(render(self._shelf.library, voice, self._picture).encode(), 6)


class _Entry(Struct, frozen=True):
    """A guide of the file; `words` are those that it is found by."""

    slug: str
    name: str
    lang: str
    words: str
    about: Text
    steps: Sequence[ShownStep]


def render(library: Library, voice: Voice, picture: FindPicture) -> str:
    """Return the file; raise OSError for a picture that cannot be read."""
    entries = [(guide.area, _entry(guide, voice, picture)) for guide in library]
    of_each = {area: [one for of, one in entries if of == area] for area in AREAS}
    areas = [(voice.word(area).capitalize(), found) for area, found in of_each.items() if found]
    style, script = styles.part("page.css") + styles.part("offline.css"), styles.part("offline.js")
    return templates.render(
        "offline.html",
        word=voice.word,
        lang=voice.locale,
        policy=_policy(style, script),
        title=voice.t("Hướng dẫn của {commune}", commune=voice.commune.full_name).plain,
        style=style,
        id=CONTENT,
        top=_TOP,
        office=office_name(voice.commune),
        areas=areas,
        box=help_box(voice),
        guides=[one for _, one in entries],
        script=script,
    )


def _entry(guide: Guide, voice: Voice, picture: FindPicture) -> _Entry:
    name = pages.title(guide, voice.locale, voice.translate)
    body = GuideHtml(
        guide,
        voice,
        lambda slug, step: f"#{_id(slug, step)}",
        lambda file: _inlined(file, picture),
        prefix=f"{guide.slug}_",
    )
    lang = voice.lang(guide.title, name)
    return _Entry(guide.slug, name, lang, _words(guide, name), about(guide, voice), body.steps())


def _words(guide: Guide, name: str) -> str:
    """Return the words to find a guide by, without diacritics, each word once."""
    steps = (plain(step.filled().title) for step in guide.steps.values() if step.quiz is None)
    text = " ".join((name, guide.title, *guide.keywords, *steps))
    letters = "".join(letter if letter.isalnum() else " " for letter in fold(text))
    return " ".join(dict.fromkeys(letters.split()))


def _id(slug: str, step: str) -> str:
    return f"{slug}_{step}" if step else slug


def _inlined(file: str, picture: FindPicture) -> str:
    """Return a picture as a data address; a missing one leaves its alternative text, which is read aloud, too."""
    path = picture(file)
    if path is None:
        return "data:,"
    mime = mimetypes.guess_type(file)[0] or "application/octet-stream"
    return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"


def _policy(style: str, script: str) -> str:
    """Return the content security policy of a file that has its style and its script inside: these and no others."""
    return (
        f"default-src 'none'; img-src data:; style-src {digest(style)}; script-src {digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
