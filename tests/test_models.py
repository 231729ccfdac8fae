"""pydantic builds our models when they are first used; a model that cannot be built is found here, not by then."""

from __future__ import annotations

import subprocess
import sys

from pydantic import BaseModel

from tests.modules import every_module


def test_each_model_can_be_built() -> None:
    models = {
        one
        for module in every_module()
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, BaseModel) and one.__module__.startswith("bot.")
    }
    assert len(models) > 90
    assert [
        one for one in models if not one.__pydantic_complete__ and one.model_rebuild(raise_errors=True) is False
    ] == []


def test_a_start_builds_no_model_that_it_does_not_use() -> None:
    """Mechanism: red without `defer_build`."""
    program = (
        "from bot.assembly import app, families\n"
        "from pydantic import BaseModel\n"
        "families.discover()\n"
        "def below(kind):\n"
        "    for one in kind.__subclasses__():\n"
        "        yield one\n"
        "        yield from below(one)\n"
        "ours = [one for one in below(BaseModel) if one.__module__.startswith('bot.')]\n"
        "print(len(ours), sum(one.__pydantic_complete__ for one in ours))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    ours, built = map(int, ran.stdout.split())
    assert ours > 40
    assert built < 10
