"""What Tortoise works out of the models: it depends on the kind of database alone, and takes as long as a test."""

from __future__ import annotations

from tortoise.apps import Apps
from tortoise.backends.base.executor import EXECUTOR_CACHE

_work_out = Apps._build_initial_querysets
_worked_out: list[object] = []


def work_out_once() -> None:
    """From now on only the first of a row of databases of one kind has to."""
    Apps._build_initial_querysets = _unless_known  # type: ignore[method-assign, assignment]


def _unless_known(apps: Apps) -> None:
    models = [model for app in apps.values() for model in app.values()]
    wanted = [apps._connections.get("default").executor_class if apps._connections is not None else None, *models]
    if wanted != _worked_out:
        _work_out(apps)
        # Compiled statements are kept by table only; those of the other kind would be wrong.
        EXECUTOR_CACHE.clear()
        _worked_out[:] = wanted
