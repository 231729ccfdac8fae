"""`python -m bot.features.rights > docs/rights.md`."""

import sys

from .table import document

sys.stdout.write(document())
