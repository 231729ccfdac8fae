"""What Tortoise works out of the models: it depends on the kind of database alone, and takes as long as a test."""

from __future__ import annotations

import tortoise.models
from tortoise.apps import Apps
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.fields import Field
from tortoise.fields.relational import BackwardFKRelation, ManyToManyFieldInstance
from tortoise.filters import FilterInfoDict, get_filters_for_field

_work_out = Apps._build_initial_querysets
_worked_out: list[object] = []
_known_filters: dict[tuple[type, str, str, str], dict[str, FilterInfoDict]] = {}


def work_out_once() -> None:
    """From now on only the first of a row of databases of one kind has to."""
    Apps._build_initial_querysets = _unless_known  # type: ignore[method-assign, assignment]
    tortoise.models.get_filters_for_field = _filters  # type: ignore[attr-defined]


def _unless_known(apps: Apps) -> None:
    models = [model for app in apps.values() for model in app.values()]
    wanted = [apps._connections.get("default").executor_class if apps._connections is not None else None, *models]
    if wanted != _worked_out:
        _work_out(apps)
        # Compiled statements are kept by table only; those of the other kind would be wrong.
        EXECUTOR_CACHE.clear()
        _worked_out[:] = wanted


def _filters(field_name: str, field: Field[object] | None, source_field: str) -> dict[str, FilterInfoDict]:
    """A migration has each column worked out a hundred times; what comes of it hangs on its kind and names."""
    if field is None or isinstance(field, ManyToManyFieldInstance | BackwardFKRelation):
        return get_filters_for_field(field_name, field, source_field)
    key = (type(field), field_name, field.model_field_name, source_field)
    if key not in _known_filters:
        _known_filters[key] = get_filters_for_field(field_name, field, source_field)
    return _known_filters[key]
