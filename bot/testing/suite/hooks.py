"""Webhooks: only the vendor speaks there, and nothing that it says makes them fail."""

from __future__ import annotations

import gzip

from bot.testing.checking import Scene, check, watched

UNKNOWN = (
    b"", b"null", b"[]", b"{}", b"{", b"7", b'"x"', b"\xff", b'{"update_id":1,"new":{}}', b'{"event_name":"x"}',
    b'{"id":"1","event":"x","from":{"id":"' + b"9" * 400 + b'"}}', b'{"events":[{}]}',
)  # fmt: skip
LARGE = 3 * 1024 * 1024


@check("webhook", needs=("posts",))
async def a_forged_secret_is_401_and_leaves_no_trace(scene: Scene) -> None:
    rig = scene.rig
    calls, right = rig.calls(), rig.kit.derive(scene.case.webhook)
    bodies = scene.case.bodies()
    assert bodies, "the case has no updates to forge"
    for secret in (None, "", "x" * 64, right[:-1], right[:1], right + "x"):
        for body in bodies:
            assert await rig.posts(body, secret) == 401
    assert rig.inbox.attempts == 0
    assert rig.calls() == calls


@check("webhook", needs=("posts_altered",))
async def a_signature_is_one_of_these_very_words(scene: Scene) -> None:
    assert set(await scene.rig.posts_altered()) == {401}
    assert scene.rig.inbox.attempts == 0


@check("webhook", needs=("posts_late",))
async def a_signature_is_good_for_a_while_only(scene: Scene) -> None:
    assert await scene.rig.posts_late() == 401
    assert scene.rig.inbox.attempts == 0


@check("adapter", needs=("posts_from_a_strange_page",))
async def no_strange_page_speaks_for_a_visitor(scene: Scene) -> None:
    assert await scene.rig.posts_from_a_strange_page() in (401, 403)
    assert scene.rig.inbox.attempts == 0


@check("webhook", needs=("posts",))
async def an_unknown_payload_is_no_event_and_no_exception(scene: Scene) -> None:
    with watched() as watch:
        for body in UNKNOWN:
            assert await scene.rig.posts(body, scene.rig.kit.derive(scene.case.webhook)) == 200
    assert scene.rig.inbox.attempts == 0
    assert watch.errors == []


@check("webhook", needs=("posts",))
async def a_body_without_an_end_is_not_read_to_its_end(scene: Scene) -> None:
    body = b'{"x":"' + b"a" * LARGE + b'"}'
    assert await scene.rig.posts(body, scene.rig.kit.derive(scene.case.webhook)) == 413


@check("webhook", needs=("posts",))
async def a_packed_body_is_not_unpacked(scene: Scene) -> None:
    """A packed body is not in the vendor's form, and few bytes could be a great many."""
    assert await scene.rig.posts(gzip.compress(b"{}"), scene.rig.kit.derive(scene.case.webhook)) in (200, 400, 415)
    assert scene.rig.inbox.attempts == 0
