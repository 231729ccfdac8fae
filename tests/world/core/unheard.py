"""What nobody would hear of: tasks that died, ends that were cut off, and a disk that is asked without a rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextvars import Context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.world.world import World

MOST_IN_VAIN = 60
"""Questions in a second to a disk that is away: each chat asks once, and each messenger brings things again."""


def watch_tasks(world: World) -> None:
    """Keep the tasks of a process: that one has failed for which nobody waits, nobody hears before its end."""
    loop = asyncio.get_running_loop()

    def made(
        of: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=of, context=context)
        world.tasks.append(task)
        return task

    loop.set_task_factory(made)


def watch_disk(world: World) -> None:
    visit = world.disk.visit

    def visited(spindle: Any, function: Callable[[], object]) -> object:
        try:
            return visit(spindle, function)
        except Exception:
            world.refusals[int(world.timeline.now)] += 1
            raise

    world.disk.visit = visited  # type: ignore[method-assign]


def cut_off(world: World, life: int) -> None:
    """Note that a process did not come to its own end."""
    if any(end.life == life for end in world.ends):
        world.unheard.append(f"the end of life {life} was cancelled")


def violations(world: World) -> Iterator[str]:
    for what in world.unheard:
        yield f"ends leave nothing: {what}"
    for vendor in world.vendors.values():
        for refused in vendor.errors:
            yield f"no error of ours: {refused}"
    for task in world.tasks:
        if task.done() and not task.cancelled() and task._log_traceback:
            yield f"no task dies unheard: {task.exception()!r}"
    for second, count in world.refusals.items():
        if count > MOST_IN_VAIN * world.plan.nodes:
            yield f"pauses are kept: at {second} s the disk was asked {count} times in vain"
