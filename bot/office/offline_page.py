"""All guides in one HTML file that needs no network: for a memory stick, a culture house's computer, a weak signal."""

from __future__ import annotations

import asyncio
import base64
import gzip
import mimetypes
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.core.text import Text, fold
from bot.features.commune.settings import Commune
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.model import AREAS, Guide

from . import templates
from .guide_html import GuideHtml, ShownStep, Voice, about, help_box
from .html import CONTENT, STYLE, digest
from .shelf import OFFLINE, Reading, Shelf, office_name

FindPicture = Callable[[str], Path | None]
"""The path of a picture, by its name in the guides folder (`img/the-can-cuoc.png`); None if it is missing."""

_PIECE = 64 * 1024
_MOST_KEPT = 4
_TOP = "_muc-luc"
_STYLE = """
.guide { content-visibility: auto; contain-intrinsic-size: auto 6000px; border-top: .3rem solid var(--accent);
  padding-top: 1rem; margin-top: 2rem; }
h3 { font-size: 1.15rem; line-height: 1.35; margin: 0 0 .5rem; overflow-wrap: anywhere; }
.find { margin: 0 0 1rem; } .find label { display: block; font-weight: 700; margin: 0 0 .3rem; }
.find input { width: 100%; min-height: 3rem; padding: .4rem .8rem; font: inherit; color: inherit;
  background: var(--paper); border: 2px solid var(--line); border-radius: .7rem; }
[hidden] { display: none !important; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #eef3ef; --soft: #c3cfc8; --paper: #16211c; --ground: #0c1411; --accent: #7fd8b6; --line: #9fb0a7;
    --warn: #ff9c90; color-scheme: dark; }
  header { background: #08372a; }
  .note, .tip { background: #1d2a24; } .warning { background: #361a17; } code { background: #2a3a33; }
  .ways a:hover { background: #1f332b; }
  .skip { background: #08372a; }
  .box, section.step:not(:target) { border-color: #3a4b43; } .list li + li { border-color: #3a4b43; }
}
@media print {
  .guide { content-visibility: visible; break-before: page; border: 0; margin: 0; }
  .find { display: none; }
}
"""
# Marks are taken off what is typed as they were taken off the words; a guide is found when it has all of them.
_SCRIPT = """
(() => {
  const box = document.getElementById("_hop-tim"), field = document.getElementById("_tim");
  const told = document.getElementById("_ket-qua"), entries = [...document.querySelectorAll("[data-words]")];
  const bare = (text) => text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\\u0300-\\u036f]/g, "");
  const find = () => {
    const typed = bare(field.value).split(/[^a-z0-9]+/).filter(Boolean);
    let count = 0;
    for (const entry of entries) {
      const words = entry.dataset.words;
      entry.hidden = !typed.every((word) => (" " + words).includes(" " + word));
      count += entry.hidden ? 0 : 1;
    }
    for (const area of document.querySelectorAll("nav section")) {
      area.hidden = !area.querySelector("li:not([hidden])");
    }
    told.textContent = typed.length ? told.dataset.told.replace("0", count) : "";
  };
  box.hidden = false;
  field.addEventListener("input", find);
  find();
})();
"""
_POLICY = (
    f"default-src 'none'; img-src data:; style-src {digest(STYLE)} {digest(_STYLE)}; script-src {digest(_SCRIPT)}; "
    "base-uri 'none'; form-action 'none'"
)


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


@dataclass(frozen=True)
class _Entry:
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
    return templates.render(
        "offline.html",
        word=voice.word,
        lang=voice.locale,
        policy=_POLICY,
        title=voice.t("Hướng dẫn của {commune}", commune=voice.commune.full_name).plain,
        styles=(STYLE, _STYLE),
        id=CONTENT,
        top=_TOP,
        office=office_name(voice.commune),
        areas=areas,
        box=help_box(voice),
        guides=[one for _, one in entries],
        script=_SCRIPT,
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
