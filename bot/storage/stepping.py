"""Steps of the schema, each in one commit with its record.

The library records a step after its commit. A process that died in between left tables of which nothing was known: each
later start made them again and failed ("table already exists").

Between two operations the library holds all tables as models, makes all of them anew before each operation, and makes
each of them ready for queries: nine tenths of the time of a migration. Here they are made when an operation asks for
one. Only a step that runs Python asks its models for rows, and has all as the library makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tortoise.connection import get_connections
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationGraph, MigrationKey
from tortoise.migrations.operations import DIRECT_RELATION_FIELDS, AddField, Operation, RunPython, RunSQL
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

from bot.core.lean.values import replace

from .apps import App
from .schema import HISTORY


class _RecordedAlready(MigrationRecorder):
    """Writes no record after a step: it stands in the step's own transaction."""

    async def record_applied(self, app: str, name: str) -> None:
        return


class Tables(StateApps):
    """All tables between two operations, as models that nobody asks for rows; made by `make` when one is asked for."""

    make: Callable[[], None] | None = None

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        if self.make is not None:
            self.make()
        return super().get_model(app_label, model_name)

    def _build_initial_querysets(self) -> None:
        for app in self.apps.values():
            for model in app.values():
                meta = model._meta  # noqa: SLF001 - that is its name
                if meta._inited:  # noqa: SLF001
                    meta.finalise_fields()
                    meta._resolve_index_expressions()  # noqa: SLF001


class Between(State):
    """All tables between two operations; those that were changed become models when one is asked for."""

    def __init__(self, models: dict[tuple[str, str], ModelState], apps: StateApps) -> None:
        super().__init__(models, apps)
        self._changed = set(models)
        if isinstance(apps, Tables):
            apps.make = self._make

    def _make(self) -> None:
        changed, self._changed = self._changed & self.models.keys(), set()
        if changed:
            super().reload_models(changed)

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        self._changed.update(model_tuples)

    def reload_model(self, app_label: str, model_name: str) -> None:
        self.reload_models([(app_label, model_name)])

    def validate_relations_initialized(self) -> None:
        """Raise RuntimeError for a column that refers to a table that there is not."""
        for (app, name), model in self.models.items():
            for field in model.fields.values():
                if isinstance(field, DIRECT_RELATION_FIELDS):
                    refers_to = self.apps.split_reference(field.model_name)
                    if refers_to not in self.models:
                        raise RuntimeError(f"{app}.{name} refers to {'.'.join(refers_to)}, which is no table")

    def clone(self) -> State:
        # An operation puts another field in the place of one and changes none; making a model copies those it takes.
        models = {
            key: replace(model, options=dict(model.options), fields=dict(model.fields))
            for key, model in self.models.items()
        }
        return Between(models, Tables(self.apps._default_connections, self.apps._connections))  # noqa: SLF001


class _Steps(MigrationExecutor):
    """Runs what is missing, and with the tables of each step its record."""

    _asks = False
    """Whether a step asks for rows."""

    def _migration_plan(
        self, targets: Iterable[MigrationTarget] | None, applied: set[MigrationKey], graph: MigrationGraph
    ) -> list[PlanStep]:
        plan = super()._migration_plan(targets, applied, graph)
        for step in plan:
            migration = step.migration
            if not migration.atomic or step.backward:
                raise ValueError(f"{migration.app_label}.{migration.name} cannot be one commit with its record")
            self._asks |= any(isinstance(one, RunPython) for one in migration.operations)
            migration.operations.append(record_of(migration.app_label, migration.name))
        return plan

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        if self._asks:
            return await super()._project_state(applied, upto=upto)
        connections = {
            name: str(app.get("default_connection", "default")) for name, app in self.loader.apps_config.items()
        }
        state = Between({}, Tables(connections))
        for key in self._full_plan():
            if key == upto:
                break
            migration = self.loader.graph.nodes[key]
            if key in applied and migration is not None:
                await migration.apply(state, dry_run=True, schema_editor=None)
        return state


class AddColumn(AddField):
    """A new column that goes down again without the table being made anew, which would lose its indexes.

    No index may name it any more by then.
    """

    async def database_backward(
        self, app_label: str, old_state: State, new_state: State, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        if state_editor is None:
            return
        table = old_state.apps.get_model(f"{app_label}.{self.model_name}")._meta.db_table  # noqa: SLF001
        await state_editor.client.execute_script(f'alter table "{table}" drop column "{self.name}"')


def record_of(app: str, name: str) -> Operation:
    """Return the operation that records a step; both databases know the time by this name, in UTC as we keep it."""
    return RunSQL(f"insert into {HISTORY} (app, name, applied_at) values ('{app}', '{name}', current_timestamp)")


async def run(config: dict[str, object], apps: dict[str, App]) -> None:
    """Run what a database lacks, step by step."""
    async with TortoiseContext() as context:
        await context.init(config=config)
        executor = _Steps(get_connections().get("default"), {name: dict(app) for name, app in apps.items()})
        executor.recorder = _RecordedAlready(executor.connection)
        await executor.migrate([MigrationTarget(name, "__latest__") for name in apps])
