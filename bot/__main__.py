"""python -m bot"""

from __future__ import annotations

import gc

# What is imported stays: nothing of it need be looked through while it comes, nor ever again.
gc.disable()

from bot.cli.parser import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    main()
