"""Files in and out: a text file is counted by a job, and the result comes back as a file.

The handler only notes what is wanted: calling the messenger for the file takes long, and may have to be done again.
"""

from bot.framework import App, Attachment, Context, FileSent, Job, Router

LARGEST = 1_000_000
router = Router()
app = App(router, platforms=["web"])


@router.command("start", "help")
async def start(ctx: Context) -> None:
    ctx.reply("Send me a text file, and I count its words.")


@router.on(FileSent)
async def came(ctx: Context) -> None:
    if not isinstance(ctx.event, FileSent) or ctx.event.file.size > LARGEST:
        ctx.reply("That is too large for me.")
        return
    async with ctx.changes():
        await app.ask("count", key=f"count:{ctx.event.id}", chat=ctx.chat, file=ctx.event.file)
        ctx.reply("I am counting.")


@app.job("count")
async def count(job: Job) -> None:
    if job.chat is None or job.file is None:
        return
    text = (await app.fetch(job.chat, job.file, LARGEST)).decode("utf-8", "replace")
    table = "\n".join(f"{word}\t{text.split().count(word)}" for word in sorted(set(text.split())))
    name = await app.store(table.encode(), "text/plain")
    attachment = Attachment("file", name, f"words of {job.file.name}", len(table.encode()))
    await app.tell(job.chat, f"{len(text.split())} words.", key=job.key, attachment=attachment)


if __name__ == "__main__":
    app.run()
