"""Chromium for tests of pages: Debian's own, without any call home."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
_MISSING = not CHROMIUM.exists() and not os.environ.get("CI")
_UNSEEN = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")
"""Pages of the window around each page, and a process for a page that may come: making them took as long as most tests
of a page."""
_PLAYWRIGHTS = (
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter",
    "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)  # fmt: skip
"""What Playwright turns off: a list of ours takes the place of its own."""
_ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
    f"--disable-features={','.join(_UNSEEN + _PLAYWRIGHTS)}",
)  # fmt: skip


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser_of_this_process() -> AsyncIterator[Browser]:
    """Starting one takes as long as most tests of a page."""
    if _MISSING:
        pytest.skip(f"needs {CHROMIUM} (apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(browser_of_this_process: Browser) -> AsyncIterator[Browser]:
    """As if nobody had used it: what a page keeps is in its context, and each context ends with its test."""
    assert browser_of_this_process.contexts == []
    yield browser_of_this_process
    for context in browser_of_this_process.contexts:
        await context.close()
