"""An adapter of one's own: letters in a folder. A file NAME.txt is what NAME says; answers stand in NAME.answers."""

import asyncio
from pathlib import Path

from bot.framework import Adapter, App, Capabilities, Chat, Message, Rejected, Sender, Sent, Sink
from bot.platforms import Kit
from examples.echo import router


class Letters(Adapter):
    name = "letters"

    def __init__(self, kit: Kit) -> None:
        self.capabilities = {"private": Capabilities(text_limit=10_000)}
        self.folder = Path(kit.options["folder"])  # BOT_LETTERS_FOLDER
        self._clock = kit.clock

    async def listen(self, sink: Sink) -> None:
        while True:
            for letter in sorted(self.folder.glob("*.txt")):
                event_id = f"{letter.stem}:{letter.stat().st_mtime_ns}"  # the same letter is the same event
                chat, sender = Chat(self.name, letter.stem, "private"), Sender(letter.stem, letter.stem)
                await sink([self.heard(event_id, chat, sender, self._clock.now(), letter.read_text())])
                letter.unlink()  # after `sink` the event is on the disk
            await asyncio.sleep(0.05)

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if message.buttons or message.attachment or any(span.link for span in message.text.spans):
            raise Rejected("a letter holds words only")  # the core fits messages to the capabilities: this one was not
        with (self.folder / f"{chat.id}.answers").open("a") as answers:
            answers.write(message.text.plain + "\n")
        return Sent(key)


app = App(router, platforms=["letters"], adapters={"letters": Letters})
if __name__ == "__main__":
    app.run()
