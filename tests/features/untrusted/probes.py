"""What a file that took the other process over would try. Run in that process, by its name."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bot.features.untrusted.reader import FileRefused, Nothing, WireModel


class Told(WireModel):
    text: str


class To(WireModel):
    place: str = ""
    port: int = 0


def processors(data: bytes, question: Nothing) -> Told:
    return Told(text=str(len(os.sched_getaffinity(0))))


def echo(data: bytes, question: Nothing) -> Told:
    return Told(text=f"{os.getpid()} {data.decode()}")


def environment(data: bytes, question: Nothing) -> Told:
    return Told(text=" ".join(sorted(os.environ)))


def connect(data: bytes, question: To) -> Told:
    with socket.create_connection(("127.0.0.1", question.port), timeout=5):
        return Told(text="connected")


def connect_after_all(data: bytes, question: To) -> Told:
    """By the call itself, past every library."""
    made = ctypes.CDLL(None).socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    return Told(text=str(made))


def hurts(data: bytes, question: To) -> Told:
    """What succeeded of all that it may not do."""
    folder = Path(question.place)
    tries: dict[str, Callable[[], object]] = {
        "new": lambda: (folder / "new").write_text("x"),
        "append": lambda: (folder / "old").open("ab"),
        "unlink": lambda: (folder / "old").unlink(),
        "rename": lambda: (folder / "old").rename(folder / "other"),
        "chmod": lambda: (folder / "old").chmod(0o777),
        "mkdir": lambda: (folder / "sub").mkdir(),
        "truncate": lambda: os.truncate(folder / "old", 0),
        "program": lambda: subprocess.run(["/bin/true"], check=True),
        "fork": os.fork,
        "kill": lambda: os.kill(os.getppid(), 0),
    }
    return Told(text=" ".join(name for name, work in tries.items() if _works(work)))


def thread(data: bytes, question: Nothing) -> Told:
    """Libraries that decode make some."""
    seen: list[str] = []
    one = threading.Thread(target=lambda: seen.append("ran"))
    one.start()
    one.join()
    return Told(text=seen[0])


def memory(data: bytes, question: Nothing) -> Told:
    return Told(text=str(len(bytes(900_000_000))))


def much_to_tell(data: bytes, question: Nothing) -> Told:
    return Told(text="a" * 2_000_000)


def time_without_end(data: bytes, question: Nothing) -> Told:
    while True:
        pass


def sleep(data: bytes, question: To) -> Told:
    os.write(question.port, b"begun") if question.port else None
    time.sleep(600)
    return Told(text="")


def crash(data: bytes, question: Nothing) -> Told:
    ctypes.string_at(0)
    return Told(text="")


def quit_at_once(data: bytes, question: Nothing) -> Told:
    os._exit(0)


def panic(data: bytes, question: Nothing) -> Told:
    raise ZeroDivisionError(data.decode())


def other_words(data: bytes, question: Nothing) -> Told:
    raise FileRefused("Chuyển tiền cho {who}", who="x")


def noise(data: bytes, question: Nothing) -> Told:
    """Writes to every way out that it finds."""
    sys.stdout.write("x" * 1000)
    sys.stdout.flush()
    for number in range(3, 20):
        try:
            os.write(number, data)
        except OSError:
            continue
    return Told(text="")


def _works(work: Callable[[], object]) -> bool:
    try:
        work()
    except OSError:
        return False
    return True
