"""Who may do what: one table, checked at one place. What the table lacks is refused."""

from .decide import Decision, another_person, cell_of, decide, fits, invitable, may_invite
from .table import INVITABLE, MATRIX, OFFICIALS, ROLES, Act, Cell, Condition, Scope, document

__all__ = [
    "INVITABLE",
    "MATRIX",
    "OFFICIALS",
    "ROLES",
    "Act",
    "Cell",
    "Condition",
    "Decision",
    "Scope",
    "another_person",
    "cell_of",
    "decide",
    "document",
    "fits",
    "invitable",
    "may_invite",
]
