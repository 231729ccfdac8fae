"""How much memory a process holds, as Windows counts it; only imported there."""

from __future__ import annotations

import ctypes

_MAY_BE_ASKED = 0x1000
"""PROCESS_QUERY_LIMITED_INFORMATION"""


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS"""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("page_faults", ctypes.c_uint32),
        ("peak_working_set", ctypes.c_size_t),
        ("working_set", ctypes.c_size_t),
        ("peak_paged_pool", ctypes.c_size_t),
        ("paged_pool", ctypes.c_size_t),
        ("peak_nonpaged_pool", ctypes.c_size_t),
        ("nonpaged_pool", ctypes.c_size_t),
        ("committed", ctypes.c_size_t),
        ("peak_committed", ctypes.c_size_t),
    )


def committed(pid: int) -> int | None:
    """Return the bytes that a process has; None when it cannot be told, as for one that has ended."""
    kernel = ctypes.CDLL("kernel32")  # on 64 bits there is one way to call
    kernel.OpenProcess.restype = ctypes.c_void_p
    process = kernel.OpenProcess(_MAY_BE_ASKED, 0, pid)
    if not process:
        return None
    handle = ctypes.c_void_p(process)
    counters = _Counters(size=ctypes.sizeof(_Counters))
    try:
        known = kernel.K32GetProcessMemoryInfo(handle, ctypes.byref(counters), counters.size)
    finally:
        kernel.CloseHandle(handle)
    return int(counters.committed) if known else None
