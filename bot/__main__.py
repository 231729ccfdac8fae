"""python -m bot"""

from __future__ import annotations

import gc
import os

# pydantic would look for plugins of its own through all packages that are installed; we know of none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# What is imported stays: nothing of it need be looked through while it comes, nor ever again.
gc.disable()

from bot.cli.parser import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
