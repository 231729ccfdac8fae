"""Files that people send: whole or refused, never beyond the limit, never from where they must not come."""

from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.events import Event, FileSent, Incoming, OtherSent, PhotoSent, VoiceSent
from bot.core.platform import Rejected, Unreachable
from bot.testing.checking import Scene, check, failure, nobody_answers, only

DATA = b"photo" * 10_000


async def _photo(scene: Scene) -> Incoming:
    await scene.rig.sends_photo(DATA)
    [photo] = only(await scene.rig.inbox.holds(1), PhotoSent).files
    return photo


@check("adapter", needs=("sends_photo",))
async def a_photo_is_fetched_whole_or_refused(scene: Scene) -> None:
    photo, fetch = await _photo(scene), scene.rig.platform.fetch
    assert await fetch(photo, len(DATA)) == DATA
    assert isinstance(await failure(fetch(photo, len(DATA) - 1)), Rejected)
    assert isinstance(await failure(fetch(Incoming(photo.ref, photo.mime), len(DATA) - 1)), Rejected)
    if scene.case.can("loses_next_download"):
        scene.rig.loses_next_download()
        assert _is_passing(await failure(fetch(photo, len(DATA))))
    if scene.case.can("is_busy_at_next_download"):
        scene.rig.is_busy_at_next_download()
        assert _is_passing(await failure(fetch(photo, len(DATA))))
    assert await fetch(photo, len(DATA)) == DATA
    scene.rig.forgets_photos()
    assert isinstance(await failure(fetch(photo, len(DATA))), Rejected)


@check("adapter", needs=("sends_photo", "goes_away"))
async def a_photo_can_be_had_later_when_nobody_answers(scene: Scene) -> None:
    photo = await _photo(scene)
    await nobody_answers(scene.rig)
    assert _is_passing(await failure(scene.rig.platform.fetch(photo, len(DATA))))


def _is_passing(error: Exception) -> bool:
    return isinstance(error, Unreachable) and not error.maybe_sent


@check("adapter")
async def where_no_file_comes_from_none_can_be_had(scene: Scene) -> None:
    if not scene.case.can("sends_photo"):
        assert isinstance(await failure(scene.rig.platform.fetch(Incoming("a", "image/jpeg"), 100)), Rejected)


@check("adapter", needs=("sends_photo",))
async def what_is_written_under_a_photo_is_heard(scene: Scene) -> None:
    if "words under a photo" in scene.case.lacks:
        return
    await scene.rig.sends_photo(b"photo", "trụ điện đổ")
    assert only(await scene.rig.inbox.holds(1), PhotoSent).caption == "trụ điện đổ"


@check("adapter", needs=("sends_album",))
async def photos_sent_together_stay_together(scene: Scene) -> None:
    await scene.rig.sends_album(3)
    events: list[Event] = await scene.rig.inbox.holds(1)
    while sum(len(event.files) for event in events if isinstance(event, PhotoSent)) < 3:
        events = await scene.rig.inbox.holds(len(events) + 1)
    photos = [event for event in events if isinstance(event, PhotoSent)]
    assert photos == events
    assert len({file.ref for event in photos for file in event.files}) == 3
    if len(photos) > 1:
        assert len({event.album for event in photos}) == 1
        assert photos[0].album


@check("adapter", needs=("sends_voice",))
async def a_voice_note_is_heard_and_fetched(scene: Scene) -> None:
    await scene.rig.sends_voice(b"OggS" * 10)
    event = only(await scene.rig.inbox.holds(1), VoiceSent)
    assert await scene.rig.platform.fetch(event.file, 100) == b"OggS" * 10


@check("adapter", needs=("sends_file",))
async def a_file_is_noticed_and_fetched(scene: Scene) -> None:
    await scene.rig.sends_file(b"%PDF" * 10, "cong-van.pdf")
    event = only(await scene.rig.inbox.holds(1), FileSent)
    assert event.file.name == "cong-van.pdf" or "names of files" in scene.case.lacks
    assert await scene.rig.platform.fetch(event.file, 100) == b"%PDF" * 10


@check("adapter", needs=("sends_other",))
async def what_cannot_be_read_is_at_least_noticed(scene: Scene) -> None:
    await scene.rig.sends_other()
    assert only(await scene.rig.inbox.holds(1), OtherSent).chat == scene.rig.chat("private")


@check("adapter")
async def no_forged_file_leads_into_our_own_network(scene: Scene) -> None:
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"secret")

    app = web.Application()
    app.router.add_get("/secret", serve)
    async with TestServer(app) as server:
        for scheme in ("http", "https"):
            address = str(server.make_url("/secret").with_scheme(scheme))
            error = await failure(scene.rig.platform.fetch(Incoming(address, "image/jpeg"), 100))
            assert isinstance(error, (Rejected, Unreachable))
    assert asked == []
