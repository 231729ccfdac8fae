"""The states of an outbox row and the one table of what may follow what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

State = Literal["pending", "held", "leased", "sending", "sent", "failed", "cancelled", "expired", "uncertain"]
Klass = Literal["notice", "request", "routine", "urgent"]
"""A request is a notice that asks for a decision somebody waits for: news gives way to it."""
HASTY: tuple[Klass, ...] = ("urgent", "request")
"""These go before replies, and may use all that a chat gets in a minute."""
Decision = Literal["received", "resend", "drop"]

FOLLOWS: Mapping[State, frozenset[State]] = {
    "pending": frozenset({"leased", "held", "cancelled", "expired", "uncertain"}),
    "held": frozenset({"pending", "held", "cancelled", "expired", "uncertain"}),
    "leased": frozenset({"sending", "pending", "held", "cancelled", "expired", "uncertain"}),
    "sending": frozenset({"sent", "pending", "failed", "uncertain"}),
    "sent": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
    "uncertain": frozenset({"sent", "failed"}),
}
"""`sending` is committed before the call: from there a row goes back to `pending` only when the messenger surely has
not taken it, or knows keys and takes it once, and it can no longer be cancelled. `uncertain` is final but for what
proves it: a late answer of the messenger, a press in that chat, a person's word. `held` to `held` is another reason.
What waits to be asked of such a messenger AGAIN, and is cancelled, expires or is refused meanwhile, may have arrived:
it becomes `uncertain`."""

FINAL: tuple[State, ...] = ("sent", "failed", "cancelled", "expired", "uncertain")
WAITING: tuple[State, ...] = ("pending", "held", "leased")

QUIET = "quiet hours"
DECISION = "decision"
CANARY = "canary"
POISON = "poison"
BREAKER = "breaker"
TOKEN = "token"  # noqa: S105 - a reason, not a secret
QUOTA = "quota"
WINDOW = "window"
RESTORED = "restored"
DIGEST = "digest"
TOGETHER = "together"
OFF = "off"
"""Why a row is `held`. Quiet hours, the canary, the quota and the window let it go by themselves, the others when a
person says so. canary: another group of the announcement tries it first. poison: the messenger will not have this
message. breaker: too many groups failed. token: the messenger does not know the bot any more. quota: what is left of
the month is for what is urgent. window: the chat can be written to only after it has written to us. digest: it can
wait for the day's one message of low notices; then it is `cancelled` for the reason JOINED, and stands in that.
together: the same for a minute, with news of its kind. off: a person has switched the account off, and nothing lets
it go but switching it on."""

JOINED = "in the digest"
CUT_OFF = "the sender stopped"
"""Why a row is `uncertain` whose process ended in mid-call; otherwise its reason is what the messenger did."""
AGAIN = "again"
"""The `decision` of a row whose last call had no clear answer, to a messenger that takes a message once by its key."""
IN_DOUBT = "no clear answer"
"""Why such a row is `uncertain` when it is not asked any more."""
OUTAGE = "outage"
"""Of a stop: one call after the other of a platform had no clear answer. It holds no rows, they only wait."""


class ForbiddenRowMove(Exception):
    """A transition that is not in the table: a bug of the caller."""


def check(before: Iterable[State], after: State) -> None:
    """Check the move of rows from these states to `after`. Raises ForbiddenMove."""
    for state in before:
        if after not in FOLLOWS[state]:
            raise ForbiddenRowMove(f"{state} -> {after}")
