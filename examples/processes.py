"""One bot in two processes: RabbitMQ brings what is said in a chat to one of them, and to the other when that one ends.

Start it twice, with one database, one broker, one key and two ports; the guide to deployment says how.
"""

import os

from bot.framework import App, Context, Router

router = Router()
app = App(router, platforms=["web"])


@router.otherwise
async def count(ctx: Context) -> None:
    name = f"said in {ctx.chat.id}"
    number = int(await app.get(name) or 0) + 1
    async with ctx.changes():  # the number and the answer are one commit, in whichever process
        await app.put(name, str(number))
        ctx.reply(ctx.t("Message {number}, answered by process {process}.", number=number, process=os.getpid()))


if __name__ == "__main__":
    app.run()
