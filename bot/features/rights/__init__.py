"""Rights of people: one table, checked at one place. Acts that the table lacks are refused."""

from .decide import Decision, another_person, cell_of, decide, fits, invitable, may_invite, own_work, refusal
from .refusal import OWN_WORK, Refusal, Tried, note
from .table import INVITABLE, MATRIX, OFFICIALS, ROLES, Act, Condition, RightsCell, Scope, document, role_of

__all__ = [
    "INVITABLE",
    "MATRIX",
    "OFFICIALS",
    "OWN_WORK",
    "ROLES",
    "Act",
    "Condition",
    "Decision",
    "Refusal",
    "RightsCell",
    "Scope",
    "Tried",
    "another_person",
    "cell_of",
    "decide",
    "document",
    "fits",
    "invitable",
    "may_invite",
    "note",
    "own_work",
    "refusal",
    "role_of",
]
