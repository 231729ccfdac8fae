"""Build the container image where docker, podman or buildah is there; elsewhere look at its files only.

Run as `python -m supply.image` with the wheel in dist/. BASE is another Debian to start from, ENGINE the program with
its options, OPTIONS those of its `build`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, Field

from bot import __version__

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "packaging" / "container"
FILE = FOLDER / "Containerfile"
COMPOSE = (FOLDER / "compose.yaml", FOLDER / "compose.postgres.yaml")
ENGINES = ("docker", "podman", "buildah")


class Build(BaseModel):
    context: str
    dockerfile: str


class Service(BaseModel):
    """A service of a compose file, as far as it is looked at; ours is built, another's has a version."""

    image: str
    build: Build | None = None
    ports: tuple[str, ...] = ()
    environment: dict[str, str] = Field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    read_only: bool = False
    cap_drop: tuple[str, ...] = ()
    security_opt: tuple[str, ...] = ()
    depends_on: dict[str, dict[str, str]] = Field(default_factory=dict)


class Compose(BaseModel):
    services: dict[str, Service]
    volumes: dict[str, None]


def problems() -> list[str]:
    """Return what is wrong with the files, a line each."""
    found = [f"{FILE.name}: {line}" for line in _of_image(FILE.read_text("utf-8"))]
    for path in COMPOSE:
        found += [f"{path.name}: {line}" for line in _of_compose(path)]
    return found


def _of_image(text: str) -> Iterator[str]:
    lines = re.sub(r"\\\n", " ", text).splitlines()
    let_in = {
        line[1:].split("/")[0] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[0] == "!"
    }
    for line in lines:
        words = line.split()
        if words[:1] == ["COPY"]:
            for source in words[1:-1]:
                if not source.startswith("dist/") and not (ROOT / source).exists():
                    yield f"there is no {source}"
                if source.split("/")[0] not in let_in:
                    yield f".dockerignore keeps {source} out"
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM"))
    users = [line.split()[1] for line in lines[last:] if line.startswith("USER ")]
    if users[-1:] in ([], ["root"]):
        yield "it runs as root"


def _of_compose(path: Path) -> Iterator[str]:
    compose = Compose.model_validate(yaml.safe_load(path.read_text("utf-8")))
    for name, service in compose.services.items():
        if service.build is None:
            if service.image.rpartition(":")[2] in ("", "latest", service.image):
                yield f"{name}: {service.image} has no version"
        elif (path.parent / service.build.context / service.build.dockerfile).resolve() != FILE:
            yield f"{name}: is not built from {FILE.name}"
        elif not service.read_only or not service.cap_drop or "no-new-privileges:true" not in service.security_opt:
            yield f"{name}: may do more than it needs"
        yield from (f"{name}: {port} is open to others" for port in service.ports if not port.startswith("127.0.0.1:"))
        if service.build is not None and service.ports and not service.environment.get("BOT_PROXIES"):
            yield f"{name}: no BOT_PROXIES: visitors have one address"
        kept = (volume.partition(":")[0] for volume in service.volumes)
        yield from (f"{name}: no volume {one}" for one in kept if one not in compose.volumes)
        yield from (f"{name}: no service {one}" for one in service.depends_on if one not in compose.services)


def engine() -> Sequence[str]:
    """Return the program that builds, () where there is none."""
    if "ENGINE" in os.environ:
        return shlex.split(os.environ["ENGINE"])
    return next(((name,) for name in ENGINES if shutil.which(name)), ())


def main() -> int:
    for line in (wrong := problems()):
        print(line, file=sys.stderr)
    if wrong:
        return 1
    if not (program := engine()):
        print(f"none of {', '.join(ENGINES)} is here: the files were looked at, nothing was built", file=sys.stderr)
        return 0
    base = ["--build-arg", f"BASE={os.environ['BASE']}"] if os.environ.get("BASE") else []
    options = shlex.split(os.environ.get("OPTIONS", ""))
    tags = ["-t", f"langso:{__version__}", "-t", "langso:latest"]
    return subprocess.run(
        [*program, "build", *base, *options, *tags, "-f", str(FILE), "."], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
