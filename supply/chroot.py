"""A Debian of its own in a folder, made by debootstrap; root only.

Run as `python -m supply.chroot WHEEL FOLDER` to build the Debian package inside, `SUITE=bookworm` for another Debian.
The first one of a suite takes half a minute and is kept as a tar file; later ones are unpacked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".debian"
SUITE = os.environ.get("SUITE", "trixie")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BUILDS = ("ca-certificates", "binutils", "python3", "python3-pip", "python3-venv")
_CONTENT = ("LICENSE", "CHANGELOG.md", "docs", "packaging", "requirements", "supply")
_OF_THE_NETWORK = ("PIP_INDEX_URL", "PIP_PROXY", "PIP_DEFAULT_TIMEOUT", "http_proxy", "https_proxy", "no_proxy")
_AUTHORITIES = ("PIP_CERT", "SSL_CERT_FILE")
"""Each may name a file of the authorities that this machine's network asks to be believed."""


class Chroot:
    """`folder` is its root; programs in it see this machine's network, and nothing of its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def command(self, *command: str, user: str = "") -> list[str]:
        """Return what starts a program inside, as root or as `user`."""
        return ["chroot", *([f"--userspec={user}:{user}"] if user else []), str(self.folder), *command]

    def run(self, *command: str, user: str = "", environ: Mapping[str, str] | None = None, stdin: str = "") -> str:
        """Return what a program prints; raise CalledProcessError with it, and with what it complained of."""
        own = {"PATH": PATH, "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **(environ or {})}
        done = subprocess.run(
            self.command(*command, user=user), env=own, input=stdin, text=True, capture_output=True, check=False
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout + done.stderr)
        return done.stdout

    def install(self, *packages: str) -> None:
        """Install from Debian, or a file of a package that lies inside."""
        self.run("apt-get", "update", "-qq")
        self.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)

    def trusted(self) -> dict[str, str]:
        """Return the environment for what fetches over HTTPS, with this machine's authorities copied inside."""
        environ = {name: os.environ[name] for name in _OF_THE_NETWORK if name in os.environ}
        for file in (Path(os.environ[name]) for name in _AUTHORITIES if name in os.environ):
            if file.is_file():
                shutil.copyfile(file, self.folder / "etc" / "authorities.pem")
                return {**environ, "PIP_CERT": "/etc/authorities.pem"}
        return environ


@contextmanager
def debian(suite: str = SUITE) -> Iterator[Chroot]:
    """Yield a fresh Debian of the smallest size; it is gone afterwards. Raises CalledProcessError."""
    base = KEPT / f"{suite}.tar"
    # Not in memory, nor where devices are not allowed.
    with tempfile.TemporaryDirectory(prefix="langso-debian-", dir="/var/tmp") as scratch:
        folder = Path(scratch) / "root"
        if not base.exists():
            subprocess.run(["debootstrap", "--variant=minbase", suite, str(folder)], check=True, stdout=sys.stderr)
            shutil.rmtree(folder / "var/cache/apt/archives")
            KEPT.mkdir(exist_ok=True)
            partial = base.with_suffix(".part")
            subprocess.run(["tar", "--numeric-owner", "-C", str(folder), "-cf", str(partial), "."], check=True)
            partial.replace(base)
        else:
            folder.mkdir(mode=0o755)
            subprocess.run(["tar", "--numeric-owner", "-C", str(folder), "-xpf", str(base)], check=True)
        shutil.copyfile("/etc/resolv.conf", folder / "etc/resolv.conf")
        # Nobody starts services in here, and a package's scripts must know.
        policy = folder / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n", "utf-8")
        policy.chmod(0o755)
        # All of it is thrown away: waiting for the disk after each file is half of the time.
        (folder / "etc/dpkg/dpkg.cfg.d/hurry").write_text("force-unsafe-io\n", "utf-8")
        yield Chroot(folder)


def package(wheel: Path, folder: Path) -> Path:
    """Build the Debian package of a wheel inside, and leave it in `folder`. Raises CalledProcessError."""
    with debian() as inside:
        inside.install(*_BUILDS)
        source = inside.folder / "build"
        source.mkdir()
        for name in _CONTENT:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(ROOT / name, source / name)
        shutil.copyfile(wheel, source / wheel.name)
        order = 'cd /build && exec python3 -B -m supply.deb "$@"'
        parts = os.environ.get("PARTS", "").split()
        dated = {"SOURCE_DATE_EPOCH": "1577836800"} | {k: v for k, v in os.environ.items() if k == "SOURCE_DATE_EPOCH"}
        environ = {**inside.trusted(), **dated}
        said = inside.run("sh", "-ec", order, "sh", f"/build/{wheel.name}", "/build/dist", *parts, environ=environ)
        print(said, end="", file=sys.stderr)
        [made] = (source / "dist").glob("*.deb")
        folder.mkdir(parents=True, exist_ok=True)
        for older in folder.glob(f"{made.stem.partition('+')[0]}+*.deb"):
            older.unlink()
        return Path(shutil.copy(made, folder / made.name))


def main() -> int:
    if len(sys.argv) != 3 or os.geteuid() != 0 or shutil.which("debootstrap") is None:
        print(f"{__doc__}\nAs root, with debootstrap (apt install debootstrap).", file=sys.stderr)
        return 2
    try:
        made = package(Path(sys.argv[1]), Path(sys.argv[2]))
    except subprocess.CalledProcessError as error:
        print(error.output or error, file=sys.stderr)
        return 1
    print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
