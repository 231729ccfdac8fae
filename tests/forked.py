"""What each bot of the tests begins with, beside the modules of the bot: the process that is copied imports this."""

import gc

from tests import shipped

shipped.read_once()
shipped.warm()  # with the families, whose modules are half of a bot's own
# What is there stays: a copy that looks through it for garbage takes its time, and a page of its own for each object.
gc.collect()
gc.freeze()
