"""A vote in a group: “vote Where? | Park | Hall”. Everybody has one voice and may change it."""

import json

from bot.framework import Action, App, Button, Context, Router, Text

router = Router()
app = App(router, platforms=["console"])


class Vote(Action, code="vote"):
    poll: str
    choice: int


Shown = tuple[Text, list[Button]]


def shown(ctx: Context, poll: str, question: str, choices: list[str], voices: dict[str, int]) -> Shown:
    counts = [list(voices.values()).count(at) for at in range(len(choices))]
    lines = [f"{choice}: {count}" for choice, count in zip(choices, counts, strict=True)]
    buttons = [Button.to(choice, Vote(poll, at)) for at, choice in enumerate(choices)]
    return ctx.t("**{question}**\n{lines}", question=question, lines="\n".join(lines)), buttons


@router.command("vote", takes_args=True)
async def begin(ctx: Context) -> None:
    question, *choices = (part.strip() for part in ctx.args.split("|"))
    if len(choices) < 2:
        ctx.reply("Like this: vote Where? | Park | Hall")
        return
    async with ctx.changes():
        await app.put(f"poll {ctx.event.id}", json.dumps([ctx.chat.id, question, choices, {}]))
        ctx.reply(*shown(ctx, ctx.event.id, question, choices, {}), for_all=True)


@router.action(Vote)
async def voted(ctx: Context, action: Vote) -> None:
    kept = await app.get(f"poll {action.poll}")
    chat, question, choices, voices = json.loads(kept or '["", "", [], {}]')
    if chat != ctx.chat.id or not 0 <= action.choice < len(choices):
        return  # a button of another group, or one that nobody made
    voices[ctx.sender.id] = action.choice
    async with ctx.changes():
        await app.put(f"poll {action.poll}", json.dumps([chat, question, choices, voices]))
        ctx.replace(*shown(ctx, action.poll, question, choices, voices), for_all=True)


if __name__ == "__main__":
    app.run()
