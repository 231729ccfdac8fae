"""What each bot of the tests begins with, beside the modules of the bot: the process that is copied imports this."""

from tests import shipped

shipped.read_once()
shipped.warm()
