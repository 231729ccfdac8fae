"""The commands of `python -m bot`: data on stdout, everything else on stderr; 0 done, 1 failed, 2 used wrongly."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from bot import commands
from bot.commands import Failed
from bot.settings import SettingsError

DEMO_PORT = 8765
_FOR_OTHERS = (
    commands.export,
    commands.report,
    commands.check,
    commands.import_word,
    commands.approved,
    commands.preview,
    commands.offline,
)
"""Whoever asked for their files decides who may read them. All else is people's names and words."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    if run not in _FOR_OTHERS:
        os.umask(0o077)
    try:
        sys.exit(run(arguments))
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except Failed as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Bot của xã")
    named = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = named.add_parser("demo", help="run the demo in the browser")
    demo.add_argument("--port", type=int, default=DEMO_PORT)
    demo.add_argument("--data", type=Path, default=Path("data/demo"), metavar="DIR")
    demo.set_defaults(run=commands.demo)

    serve = named.add_parser("serve", help="run the bot on the messengers of BOT_PLATFORMS")
    serve.set_defaults(run=commands.serve)

    worker = named.add_parser("worker", help="do the work on a clock beside processes that serve (PostgreSQL)")
    worker.set_defaults(run=commands.worker)

    migrate = named.add_parser("migrate", help="bring the database up to date")
    migrate.set_defaults(run=commands.migrate)

    backup = named.add_parser("backup", help="write the data folder into one file, also while the bot runs")
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.set_defaults(run=commands.backup)

    restore = named.add_parser("restore", help="unpack a backup into the empty data folder")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--erased", type=Path, metavar="LIST", help="erased.log: erase again who was erased since")
    restore.set_defaults(run=commands.restore)

    invite = named.add_parser("invite", help="make a code for a role")
    invite.add_argument("--role", required=True)
    invite.add_argument("--unit", required=True, metavar="CODE")
    invite.add_argument("--uses", type=int, default=1)
    invite.add_argument("--days", type=int, default=7)
    invite.add_argument("--json", action="store_true")
    invite.set_defaults(run=commands.invite)

    importing = named.add_parser("import", help="show what a workbook would change, and apply it")
    importing.add_argument("file", type=Path, metavar="FILE")
    importing.add_argument("--yes", action="store_true", help="apply without asking")
    importing.add_argument("--json", action="store_true")
    importing.set_defaults(run=commands.import_workbook)

    export = named.add_parser("export", help="write units and people as a workbook that can be imported")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(run=commands.export)

    report = named.add_parser("report", help="write a unit's report as a Word file and a workbook")
    report.add_argument("--unit", required=True, metavar="CODE")
    report.add_argument(
        "--period", required=True, metavar="P", help="2026-W47, 2026-11, 2026-Q4, 2026-H1, 2026-9M, 2026"
    )
    report.add_argument("--out", type=Path, required=True, metavar="DIR")
    report.add_argument("--json", action="store_true")
    report.set_defaults(run=commands.report)

    audit = named.add_parser("audit", help="the log of who did what")
    audit.add_argument("--verify", action="store_true", required=True, help="say whether the log is whole")
    audit.add_argument("--json", action="store_true")
    audit.set_defaults(run=commands.audit)

    check = named.add_parser("check", help="say what is wrong with the guides")
    check.add_argument("dir", nargs="?", type=Path, metavar="DIR", help="default: the bot's own guides")
    check.add_argument("--json", action="store_true", help="a JSON list of findings")
    check.add_argument("--skip-broken", action="store_true", help="only fail when no guide is left without an error")
    check.add_argument("--update-index", action="store_true", help="publish the step ids, when there is no error")
    check.add_argument("--update-audio", action="store_true", help="note what new recordings of steps say")
    check.set_defaults(run=commands.check)

    guides = named.add_parser("guides", help="write guides: from Word, and what was approved in chat")
    writing = guides.add_subparsers(required=True, metavar="WHAT")
    word = writing.add_parser("import", help="show a Word file as a guide, and what it would change")
    word.add_argument("file", type=Path, metavar="FILE")
    word.add_argument("--slug", metavar="SLUG", help="the guide that it is about; default: from the file's name")
    word.add_argument("--write", type=Path, metavar="DIR", help="write the guide and its pictures there")
    word.set_defaults(run=commands.import_word)
    approved = writing.add_parser("approved", help="write the texts that were approved in chat as files")
    approved.add_argument("--out", type=Path, required=True, metavar="DIR")
    approved.set_defaults(run=commands.approved)

    find = named.add_parser("find", help="search the guides as people do in a chat")
    find.add_argument("words", nargs="+", metavar="WORDS", help='"-" reads one query a line')
    find.add_argument("--json", action="store_true", help="a JSON list for each query")
    find.set_defaults(run=commands.find)

    preview = named.add_parser("preview", help="all guides on one page, as phones show them")
    preview.add_argument("--out", type=Path, required=True, metavar="FILE")
    preview.set_defaults(run=commands.preview)

    offline = named.add_parser("offline", help="all guides in one HTML file that needs no network")
    offline.add_argument("--out", type=Path, required=True, metavar="FILE")
    offline.add_argument("--lang", default="vi", metavar="CODE", help="default: vi")
    offline.set_defaults(run=commands.offline)
    return parser
