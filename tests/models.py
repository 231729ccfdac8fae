"""What Tortoise works out of the models: it depends on the kind of database alone, and takes as long as a test."""

from __future__ import annotations

import sys
from types import ModuleType

from tortoise.apps import Apps
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.models import Model

_work_out, _discover = Apps._build_initial_querysets, Apps._discover_models
_worked_out: list[object] = []
_known_models: dict[tuple[ModuleType | None, str], list[type[Model]]] = {}


def work_out_once() -> None:
    """From now on only the first of a row of databases of one kind has to."""
    Apps._build_initial_querysets = _unless_known  # type: ignore[method-assign, assignment]
    Apps._discover_models = staticmethod(_models)  # type: ignore[method-assign, assignment]


def _unless_known(apps: Apps) -> None:
    models = [model for app in apps.values() for model in app.values()]
    wanted = [apps._connections.get("default").executor_class if apps._connections is not None else None, *models]
    if wanted != _worked_out:
        _work_out(apps)
        # Compiled statements are kept by table only; those of the other kind would be wrong.
        EXECUTOR_CACHE.clear()
        _worked_out[:] = wanted


def _models(module: ModuleType | str, app: str) -> list[type[Model]]:
    """Each database looks through all names of each module; a module of the bot has the models it was written with."""
    if not isinstance(module, str) or not module.startswith("bot."):
        return _discover(module, app)
    # Who imports a module anew has new models.
    known = _known_models.get((sys.modules.get(module), app))
    if known is None:
        known = _discover(module, app)
        _known_models[sys.modules[module], app] = known
    return known
