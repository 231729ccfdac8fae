"""What each bot of the tests begins with, beside the modules of the bot: the process that is copied imports this."""

import gc

from bot.assembly import families
from tests import shipped

shipped.read_once()
shipped.warm()
families.shipped()  # a bot finds them when it starts, and their modules are half of its own
# What is there stays: a copy that looks through it for garbage takes its time, and a page of its own for each object.
gc.collect()
gc.freeze()
