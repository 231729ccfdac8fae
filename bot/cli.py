"""The commands of `python -m bot`: data on stdout, everything else on stderr; 0 done, 1 failed, 2 used wrongly."""

from __future__ import annotations

import argparse
import asyncio
import pkgutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from bot import logs, platforms
from bot.settings import Settings, SettingsError, environment, load

DEMO_PORT = 8765


class Failed(Exception):
    """The work could not be done; the text is for the person at the terminal."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
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
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="run the demo in the browser")
    demo.add_argument("--port", type=int, default=DEMO_PORT)
    demo.add_argument("--data", type=Path, default=Path("data/demo"), metavar="DIR")
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="run the bot on the messengers of BOT_PLATFORMS")
    serve.set_defaults(run=_serve)

    migrate = commands.add_parser("migrate", help="bring the database up to date")
    migrate.set_defaults(run=_migrate)
    return parser


def _settings(environ: Mapping[str, str]) -> Settings:
    modules = (module.name for module in pkgutil.iter_modules(platforms.__path__))
    settings = load(environ, [name for name in modules if not name.startswith("_")])
    for name in settings.platforms:
        if not platforms.exists(name):
            raise SettingsError(f"BOT_PLATFORMS: no platform is called {name!r}")
    return settings


def _demo(arguments: argparse.Namespace) -> int:
    if not 0 <= arguments.port <= 65535:
        raise SettingsError("--port: must be from 0 to 65535")
    settings = Settings(platforms=("web",), data_dir=arguments.data, host="127.0.0.1", port=arguments.port)
    return _run(settings, {}, demo=True)


def _serve(arguments: argparse.Namespace) -> int:
    environ = environment()
    return _run(_settings(environ), environ, demo=False)


def _run(settings: Settings, environ: Mapping[str, str], *, demo: bool) -> int:
    from bot import app
    from bot.features.commune import CommuneError
    from bot.features.guides.library import BrokenGuides
    from bot.storage.database import DatabaseError

    logs.set_up(value for name, value in environ.items() if name.endswith(("_TOKEN", "_KEY", "_SECRET", "_URL")))

    async def until_stopped() -> None:
        stop = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        async with app.serving(settings, environ, demo=demo) as running:
            print(f"ready {running.url}", flush=True)
            await stop.wait()

    try:
        asyncio.run(until_stopped())
    except (BrokenGuides, CommuneError, DatabaseError, app.AlreadyRunning) as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(f"{settings.host}:{settings.port}: {error.strerror or error}") from None
    return 0


def _migrate(arguments: argparse.Namespace) -> int:
    from bot import app
    from bot.storage import database

    settings = _settings(environment())
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(database.migrate(app.database_url(settings)))
    return 0
