"""Build the Debian package of a wheel: `python3 -m supply.deb WHEEL FOLDER [PART …]`, as root on the Debian it is for.

The environment is made where it will be, /usr/lib/langso, by the Python of that Debian; python3-pip and binutils have
to be there. A part is a file of requirements/ beyond the core, such as `servers` or `audio`. Standard library only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from supply import slim

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "packaging" / "debian"
HOME = Path("/usr/lib/langso")
PARTS = ("servers",)
"""With these one package does for a commune and for a province."""
_CHECK = """
import importlib, pkgutil, sys
from io import BytesIO
import bot
from PIL import Image
from bot.features.calendar import days_off
for one in pkgutil.walk_packages(bot.__path__, "bot."):
    # bot.testing is for tests, which bring pytest.
    if not one.name.endswith(".__main__") and not one.name.startswith("bot.testing."):
        importlib.import_module(one.name)
for kind in ("JPEG", "PNG", "WEBP"):
    Image.new("RGB", (9, 9)).save(BytesIO(), kind)
assert days_off.asked(2050)
"""


def run(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def environment(wheel: Path, parts: tuple[str, ...]) -> Path:
    """Make the environment, and return its folder of packages."""
    shutil.rmtree(HOME, ignore_errors=True)
    run("python3", "-m", "venv", "--without-pip", HOME)
    [site] = HOME.glob("lib/python3*/site-packages")
    pip = ("pip", "--python", HOME / "bin" / "python", "install", "-q", "--no-compile", "--root-user-action=ignore")
    for part in ("core", *parts):
        run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", ROOT / "requirements" / f"{part}.txt")
    run(*pip, "--no-deps", wheel)
    before = slim.size(HOME)
    slim.cut(site)
    slim.strip(site)
    for path in (HOME / "bin").iterdir():
        if not path.name.startswith(("python", "langso")):
            path.unlink()
    print(f"environment: {before / 1e6:.0f} MB, without what nobody reads {slim.size(HOME) / 1e6:.0f} MB")
    run(HOME / "bin" / "python", "-B", "-I", "-c", _CHECK)
    return site


def tree(target: Path) -> None:
    """Lay out what the package puts on a machine."""
    shutil.copytree(HOME, target / HOME.relative_to("/"), symlinks=True)
    for name, where, mode in (
        ("langso", "usr/bin/langso", 0o755),
        ("langso.service", "usr/lib/systemd/system/langso.service", 0o644),
        ("settings.env", "usr/share/langso/settings.env", 0o644),
    ):
        _put(SOURCE / name, target / where, mode)
    documents = target / "usr/share/doc/langso"
    _put(ROOT / "LICENSE", documents / "copyright", 0o644)
    for page in (ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))):
        _put(page, documents / page.name, 0o644)


def control(target: Path, wheel: Path) -> str:
    """Write what dpkg asks for; return the name of the package's file."""
    version = f"{wheel.name.split('-')[1]}+deb{_debian()}"
    architecture = run("dpkg", "--print-architecture")
    major, minor = sys.version_info[:2]
    text = (SOURCE / "control").read_text("utf-8").format(
        version=version,
        architecture=architecture,
        kilobytes=slim.size(target) // 1024,
        python=f"{major}.{minor}",
        next_python=f"{major}.{minor + 1}",
    )  # fmt: skip
    (target / "DEBIAN").mkdir()
    (target / "DEBIAN" / "control").write_text(text, "utf-8")
    for name in ("postinst", "prerm", "postrm"):
        _put(SOURCE / name, target / "DEBIAN" / name, 0o755)
    return f"langso_{version}_{architecture}.deb"


def build(wheel: Path, folder: Path, parts: tuple[str, ...]) -> Path:
    environment(wheel, parts)
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "package"
        tree(target)
        name = control(target, wheel)
        for path in (target, *target.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        folder.mkdir(parents=True, exist_ok=True)
        run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", target, folder / name)
    return folder / name


def _debian() -> str:
    found = re.search(r'^VERSION_ID="?(\d+)', Path("/etc/os-release").read_text("utf-8"), re.MULTILINE)
    return found[1] if found else "0"


def _put(source: Path, target: Path, mode: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def main() -> int:
    if len(sys.argv) < 3 or os.geteuid() != 0:
        print(__doc__, file=sys.stderr)
        return 2
    made = build(Path(sys.argv[1]), Path(sys.argv[2]), tuple(sys.argv[3:]) or PARTS)
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
