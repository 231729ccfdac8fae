"""How many files and connections the system lets this process have open at a time."""

from __future__ import annotations

import sys

if sys.platform == "win32":

    def allowed() -> int | None:
        """Return the limit; None where there is none, as for connections on Windows."""
        return None

    def allow(wanted: int) -> None:
        """Raise the limit to `wanted`, as far as the system permits."""

else:
    import resource

    def allowed() -> int | None:
        """Return the limit; None where there is none."""
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return None if soft == resource.RLIM_INFINITY else soft

    def allow(wanted: int) -> None:
        """Raise the limit to `wanted`, as far as the system permits."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
