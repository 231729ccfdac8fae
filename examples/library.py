"""A library's bot: a menu, a form of two steps with a check, an echo. Killed in the middle, it goes on where it was."""

from bot.framework import Action, App, Button, Context, Router, TextSent

router = Router()


class Borrow(Action, code="borrow"):
    days: int


@router.command("start", "menu", "hello")
async def menu(ctx: Context) -> None:
    ctx.reply("For how long?", [Button.to("A week", Borrow(7)), Button.to("A month", Borrow(30))])


@router.action(Borrow)
async def borrow(ctx: Context, action: Borrow) -> None:
    ctx.ask("Which book?", "borrow", "title", {"days": str(action.days)})


@router.step("borrow", "title", TextSent)
async def title(ctx: Context) -> None:
    ctx.ask("The number on your card?", "borrow", "card", {**ctx.data, "title": ctx.text}, expects="figure")


@router.step("borrow", "card", TextSent)
async def card(ctx: Context) -> None:
    if not (ctx.text.isdecimal() and len(ctx.text) == 4):
        ctx.reply("A card has four digits. Please look again.", expects="figure")
        return
    ctx.reply(ctx.t("**{title}** is yours for {days} days.", **ctx.data))
    ctx.leave_flow()


@router.otherwise
async def echo(ctx: Context) -> None:
    ctx.reply(f"You said: {ctx.text}")


app = App(router, platforms=["console"])
if __name__ == "__main__":
    app.run()
