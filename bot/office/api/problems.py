"""Problems, which a program is told instead of an answer: RFC 9457, `application/problem+json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

MIME = "application/problem+json"


@dataclass(eq=False)
class Problem(Exception):
    """`kind` names it for programs, `detail` explains it to whoever writes one."""

    status: int
    kind: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        said = {
            "type": f"urn:langso:problem:{self.kind}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        return json.dumps(said, ensure_ascii=False).encode()


def no_token() -> Problem:
    return Problem(
        401,
        "no-token",
        "Send a token of this commune: Authorization: Bearer langso_…",
        {"WWW-Authenticate": 'Bearer realm="langso"'},
    )


def wrong_token() -> Problem:
    return Problem(
        401,
        "wrong-token",
        "This token is not known, was revoked or has expired.",
        {"WWW-Authenticate": 'Bearer realm="langso", error="invalid_token"'},
    )


def not_allowed(why: str) -> Problem:
    return Problem(403, "not-allowed", f"Whoever made this token has no right to this now: {why}")


def not_there(what: str) -> Problem:
    return Problem(404, "not-there", what)


def only_read() -> Problem:
    return Problem(405, "only-read", "Everything here is read with GET.", {"Allow": "GET, HEAD"})


def bad_parameter(detail: str) -> Problem:
    return Problem(400, "bad-parameter", detail)


def too_often(seconds: int) -> Problem:
    detail = f"This token has read too often. Go on in {seconds} seconds."
    return Problem(429, "too-often", detail, {"Retry-After": str(seconds)})


def not_now() -> Problem:
    return Problem(503, "not-now", "The database cannot answer now. Try again.", {"Retry-After": "10"})


def broken() -> Problem:
    return Problem(500, "broken", "That went wrong on our side; it is in the log of the machine.")
