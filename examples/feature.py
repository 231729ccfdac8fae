"""A feature that another package brings. Its `pyproject.toml` says so, and every app of the group has it:

[project.entry-points."library.features"]
opinions = "library_opinions:extend"
"""

from bot.framework import App, Context, Router, TextSent


def extend(app: App) -> None:
    """Add to an app what this package brings: handlers, jobs, work on a clock."""
    router = Router()

    @router.command("opinion")
    async def opinion(ctx: Context) -> None:
        ctx.ask("What do you think of us?", "opinion", "words")

    @router.step("opinion", "words", TextSent, prose=True)
    async def words(ctx: Context) -> None:
        ctx.leave_flow()
        async with ctx.changes():
            count = int(await app.get("opinions") or 0) + 1
            await app.put("opinions", str(count))
            ctx.reply(ctx.t("Thank you. That is opinion {count}.", count=count))

    app.include(router)
