"""The smallest bot: it says what it hears."""

from bot.framework import App, Context, Router

router = Router()


@router.otherwise
async def echo(ctx: Context) -> None:
    ctx.reply(ctx.text)


app = App(router, platforms=["console"])
if __name__ == "__main__":
    app.run()
