"""The frame of the public pages: plain HTML that needs no script, escaped where it is built."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from aiohttp import web

from .rich_text import Html as Html
from .templates import ready, render

CONTENT = "_noi-dung"
"""Id of the main part; step ids have no underscore, so that no step can take it."""

# Contrast of text: 7:1 and more (WCAG AAA); of lines around controls: 3:1 and more.
STYLE = """
:root { --ink: #17231e; --soft: #3d4a44; --paper: #fff; --ground: #eef2ee; --accent: #0b5a45; --line: #66756e;
  --warn: #8a1c12; color-scheme: light; font-size: 118.75%; }
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); line-height: 1.6;
  font-family: "Be Vietnam Pro", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.wide { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
header { background: var(--accent); color: #fff; padding: .7rem 0; }
header .wide { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; justify-content: space-between; align-items: center; }
header a, header a:visited { color: #fff; padding: .35rem 0; display: inline-block; }
header nav { display: flex; flex-wrap: wrap; gap: 0 1.1rem; }
header [aria-current] { font-weight: 700; text-decoration-thickness: .15em; }
header .name { font-weight: 700; font-size: 1.1rem; }
main.wide { padding-top: 1rem; padding-bottom: 2.5rem; }
h1 { font-size: 1.6rem; line-height: 1.3; margin: .3rem 0 .8rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; line-height: 1.35; margin: 0 0 .5rem; overflow-wrap: anywhere; }
p { margin: 0 0 .7rem; overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid #0a4fd0; outline-offset: 2px; }
header :focus-visible, .skip:focus { outline-color: #fff; }
:target { scroll-margin-top: 1rem; }
.skip { position: absolute; left: -100rem; background: var(--accent); color: #fff; padding: .6rem 1rem; }
.skip:focus { left: .5rem; top: .5rem; }
.box, section.step { background: var(--paper); border: 1px solid #c6d0ca; border-radius: .8rem; padding: 1rem 1.1rem;
  margin: 0 0 1rem; }
section.step:target { border: 3px solid var(--accent); }
.soft { color: var(--soft); }
.note, .tip, .warning { border-left: .35rem solid var(--line); padding: .5rem .8rem; background: #f4f6f4;
  border-radius: 0 .5rem .5rem 0; }
.warning { border-color: var(--warn); background: #fdf1ef; }
.tip { border-color: var(--accent); }
.list, .ways, .choices { margin: 0 0 .5rem; padding: 0; list-style: none; }
.list a, .ways a { display: block; padding: .6rem .2rem; font-weight: 700; }
.list li + li { border-top: 1px solid #d8dfda; }
.ways a, .ways span { display: block; border: 2px solid var(--accent); border-radius: .7rem; padding: .55rem .9rem;
  margin: .45rem 0; background: var(--paper); font-weight: 700; text-decoration: none; }
.ways a:hover { background: #e6f2ec; }
.ways span { border-style: dashed; border-color: var(--line); }
.among { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 1rem; padding: 0; list-style: none; }
.among a { display: inline-block; border: 2px solid var(--accent); border-radius: .7rem; padding: .45rem .8rem;
  background: var(--paper); font-weight: 700; text-decoration: none; }
.among a:hover { background: #e6f2ec; }
.among a[aria-current] { background: var(--accent); color: #fff; }
.choices li { padding: .15rem 0 .15rem 1.2rem; text-indent: -1.2rem; }
.choices li::before { content: "○ "; }
.button, form button { display: inline-block; min-height: 3rem; padding: .6rem 1.2rem; border: 0; border-radius: .7rem;
  background: var(--accent); color: #fff; font: inherit; font-weight: 700; text-decoration: none; cursor: pointer; }
.button:hover, form button:hover { background: #07402f; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 1rem; }
form label { flex: 1 1 100%; font-weight: 700; }
form input[type=search] { flex: 1 1 12rem; min-width: 0; min-height: 3rem; padding: .4rem .8rem; font: inherit;
  color: inherit; background: var(--paper); border: 2px solid var(--line); border-radius: .7rem; }
img { display: block; max-width: 100%; height: auto; border-radius: .6rem; margin: 0 0 .7rem; }
audio { display: block; width: 100%; margin: 0 0 .7rem; }
summary { cursor: pointer; padding: .5rem 0; font-weight: 700; color: var(--accent); }
code { font-family: inherit; font-size: inherit; background: #e7ece8; padding: .05em .3em; border-radius: .3em; }
@media not print { .paper { display: none !important; } }
@media print {
  @page { size: A4; margin: 16mm; }
  :root { font-size: 11.5pt; }
  body { background: #fff; } .wide { max-width: none; padding: 0; }
  header, .skip, form, .screen, details { display: none; }
  span.paper { display: inline; }
  main.wide { padding: 0; }
  section.step { break-inside: avoid; border: 0; border-top: 1px solid #999; border-radius: 0; padding: 3mm 0 1mm;
    margin: 0; }
  section.step:target { border: 0; border-top: 1px solid #999; }
  .ways a, .ways span { border: 0; padding: 0; margin: 0; color: #000; }
  .ways li::before { content: "→ "; float: left; margin-right: .3em; }
  img { max-height: 60mm; }
}
"""


@dataclass(frozen=True, slots=True)
class Way:
    """To one of the other pages, or `current`."""

    label: str
    address: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame around every page. `name` of the office leads to `home`; `languages` are (label, code, address).

    `feed` is the address of an Atom feed of the page's content, "" for none. `ways` lead to the other pages, and
    `among` is their label for a screen reader.
    """

    lang: str
    name: str
    home: str
    skip: str
    languages: tuple[tuple[str, str, str], ...]
    origins: tuple[str, ...] = ()
    feed: str = ""
    ways: tuple[Way, ...] = ()
    among: str = ""


def digest(inline: str) -> str:
    """Return the hash of a style or a script, for a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


def page(frame: Frame, title: str, content: Html, *, status: int = 200, style: str = "") -> web.Response:
    """Return a whole page. `style` is added to the common one.

    Its content security policy allows nothing but our own pictures and these styles.
    """
    styles = (STYLE, style) if style else (STYLE,)
    html = render("layout.html", frame=frame, title=title, content=ready(content), styles=styles, id=CONTENT)
    policy = (
        "default-src 'none'",
        f"style-src {' '.join(map(digest, styles))}",
        "img-src 'self' data:",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        " ".join(("frame-ancestors 'self'", *frame.origins)),
    )
    headers = {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return web.Response(text=html, content_type="text/html", headers=headers, status=status)
