"""Three hosts and a front as network namespaces on one bridge. A host's link can be cut and joined again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

PREFIX = "langso"
BRIDGE = f"{PREFIX}-br"
NET = "10.77.33"
HOSTS = (1, 2, 3)
FRONT = 10
OUTSIDE = 254
"""The machine itself: here are the messenger and the people."""
_ENDS_WITHIN = 10.0


def address(number: int) -> str:
    return f"{NET}.{number}"


def namespace(number: int) -> str:
    return f"{PREFIX}-{number}"


def begin() -> None:
    """Make the bridge and the namespaces, after taking away what an earlier run has left."""
    end()
    _ip("link", "add", BRIDGE, "type", "bridge")
    _ip("addr", "add", f"{address(OUTSIDE)}/24", "dev", BRIDGE)
    _ip("link", "set", BRIDGE, "up")
    for number in (*HOSTS, FRONT):
        name = namespace(number)
        _ip("netns", "add", name)
        _ip("link", "add", _link(number), "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", _link(number), "master", BRIDGE, "up")
        _ip("-n", name, "addr", "add", f"{address(number)}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "link", "set", "eth0", "up")


def cut(number: int) -> None:
    _ip("link", "set", _link(number), "down")


def join(number: int) -> None:
    _ip("link", "set", _link(number), "up")


def end() -> None:
    """Kill all that runs in the namespaces, then delete them and the bridge; what is not there is no matter."""
    for number in (*HOSTS, FRONT):
        if _exists(number):
            kill(number)
            _ip("netns", "del", namespace(number))
    for link in (*(_link(number) for number in (*HOSTS, FRONT)), BRIDGE):
        if Path("/sys/class/net", link).exists():
            _ip("link", "del", link)


def _exists(number: int) -> bool:
    return Path("/run/netns", namespace(number)).exists()


def kill(number: int) -> None:
    """Kill all that runs on a host."""
    until = monotonic() + _ENDS_WITHIN
    while (pids := _ip("netns", "pids", namespace(number)).split()) and monotonic() < until:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        sleep(0.1)


def _link(number: int) -> str:
    return f"{PREFIX}-v{number}"


def _ip(*arguments: str) -> str:
    program = shutil.which("ip") or "/sbin/ip"
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
