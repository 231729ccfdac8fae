"""What Tortoise works out of the models: it depends on the kind of database alone, and takes as long as a test."""

from __future__ import annotations

import sys
from types import ModuleType

import tortoise.models
from tortoise.apps import Apps
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.fields import Field
from tortoise.fields.relational import BackwardFKRelation, ManyToManyFieldInstance
from tortoise.filters import FilterInfoDict, get_filters_for_field
from tortoise.models import Model

_work_out, _discover = Apps._build_initial_querysets, Apps._discover_models
_worked_out: list[object] = []
_known_filters: dict[tuple[type, str, str, str], dict[str, FilterInfoDict]] = {}
_known_models: dict[tuple[ModuleType | None, str], list[type[Model]]] = {}


def work_out_once() -> None:
    """From now on only the first of a row of databases of one kind has to."""
    Apps._build_initial_querysets = _unless_known  # type: ignore[method-assign, assignment]
    Apps._discover_models = staticmethod(_models)  # type: ignore[method-assign, assignment]
    tortoise.models.get_filters_for_field = _filters  # type: ignore[attr-defined]


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


def _filters(field_name: str, field: Field[object] | None, source_field: str) -> dict[str, FilterInfoDict]:
    """A migration has each column worked out a hundred times; what comes of it hangs on its kind and names."""
    if field is None or isinstance(field, ManyToManyFieldInstance | BackwardFKRelation):
        return get_filters_for_field(field_name, field, source_field)
    key = (type(field), field_name, field.model_field_name, source_field)
    if key not in _known_filters:
        _known_filters[key] = get_filters_for_field(field_name, field, source_field)
    return _known_filters[key]
