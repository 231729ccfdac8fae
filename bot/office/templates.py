"""The templates of the public pages: they escape everything from elsewhere. The first page imports their library."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bot.core.text import Text
from bot.i18n import SOURCE

from .rich_text import Html, styled

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

FOLDER = Path(__file__).parent / "templates"


def rich(text: Text | str) -> Markup:
    """Return a text of ours with its styles; plain words are escaped."""
    from markupsafe import Markup

    return Markup(styled(text if isinstance(text, Text) else Text.verbatim(text)))  # noqa: S704 - escaped by `styled`


def ready(html: str) -> Markup:
    """Let a template take HTML that is ours already, as a drawn code or a style."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - of ours, or made by a template


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["rich"] = rich
    made.filters["ready"] = ready
    made.globals["SOURCE"] = SOURCE
    return made


def render(template: str, **shows: object) -> Html:
    """Return a page, or a part of one, from its template."""
    return cast("Html", ready(_environment().get_template(template).render(shows)))
