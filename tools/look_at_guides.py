"""Photograph every guide at 360 px and say what a machine can see: `python -m tools.look_at_guides URL FOLDER`.

URL is that of a running demo (`python -m bot demo`). FOLDER gets sheets for a look by eye: of the public pages, or with
`--chats` of every page in the chat of the demo's two residents. docs/looked-at.md tells what to look for.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bot.features.guides.library import load
from tools import guide_chats, photo_sheets

ROOT = Path(__file__).parents[1]
CHROMIUM = os.environ.get("TEST_CHROMIUM", "/usr/bin/chromium")
_FAULTS = r"""() => {
  const width = document.documentElement.clientWidth
  const all = [...document.querySelectorAll('body *')]
  const words = element => element.tagName + ' ' + (element.textContent || '').trim().slice(0, 40)
  const box = element => element.getBoundingClientRect()
  const wide = all.filter(one => box(one).width > 0 && box(one).right > width + 1
    && getComputedStyle(one).position !== 'absolute')
  const cut = all.filter(one => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1
    && getComputedStyle(one).overflowX !== 'visible' && getComputedStyle(one).position !== 'absolute')
  const raw = document.body.innerText.match(/\{[^}]*\}|\*\*|`|\]\(|undefined/g) || []
  const images = [...document.images]
  return [
    ...wide.slice(0, 3).map(one => 'wider than the screen: ' + words(one)),
    ...cut.slice(0, 3).map(one => 'cut off: ' + words(one)),
    ...raw.slice(0, 3).map(found => 'markup: ' + found),
    ...images.filter(one => !one.alt).map(one => 'no words for the picture ' + one.src),
    ...images.filter(one => !one.naturalWidth).map(one => 'no picture: ' + one.src),
  ]
}"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--guides", type=Path, default=ROOT / "guides")
    parser.add_argument("--chats", action="store_true", help="every page in the chat, with buttons and without")
    parser.add_argument("--only", nargs="+", metavar="SLUG", default=())
    parser.add_argument("--lang", choices=("vi", "en"), default="vi", help="of the chat")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_look(arguments))


async def _look(arguments: argparse.Namespace) -> int:
    """Return 1 if anything was found."""
    url, folder, only = arguments.url.rstrip("/"), arguments.folder, arguments.only
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        if arguments.chats:
            faults = await _chats(browser, url, folder, arguments.guides, only, arguments.lang)
        else:
            slugs = [guide.slug for guide in load(arguments.guides, skip_broken=True)]
            faults = await _public(browser, url, [slug for slug in slugs if not only or slug in only], folder)
        await browser.close()
    print("\n".join(faults) or "máy không thấy gì sai", file=sys.stderr)
    return 1 if faults else 0


async def _public(browser: Browser, url: str, slugs: Sequence[str], folder: Path) -> list[str]:
    """Photograph the public pages; return what a machine sees wrong."""
    sheets = photo_sheets.Sheets(folder, "bai")
    faults: list[str] = []
    page = await browser.new_page(viewport={"width": photo_sheets.WIDTH, "height": 780})
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("response", lambda got: faults.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    for slug in slugs:
        faults += [f"{slug}: {fault}" for fault in await _seen(page, f"{url}/huong-dan/{slug}")]
        sheets.add(await page.screenshot(full_page=True))
    sheets.finish()
    return faults


async def _chats(browser: Browser, url: str, folder: Path, guides: Path, only: Sequence[str], locale: str) -> list[str]:
    """Photograph every page of every guide on both phones; return what a machine sees wrong."""
    faults: list[str] = []
    pages = [one for one in guide_chats.pages_of(guides, locale) if not only or one.guide.slug in only]
    for phone in guide_chats.PHONES:
        sheets = photo_sheets.Sheets(folder, phone)
        for one in pages:
            photo, found = await guide_chats.photograph(browser, url, phone, one, _FAULTS)
            faults += [f"{phone} {one.guide.slug}: {fault}" for fault in found]
            sheets.add(photo)
        sheets.finish()
    return faults


async def _seen(page: Page, address: str) -> list[str]:
    await page.goto(address, wait_until="networkidle")
    await page.evaluate(photo_sheets.LOADED)
    found: list[str] = await page.evaluate(_FAULTS)
    return found


if __name__ == "__main__":
    sys.exit(main())
