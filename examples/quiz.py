"""A quiz: the answer is a button, a number or a letter; the points are kept with the conversation."""

from bot.framework import Action, App, Button, Context, Router

QUESTIONS = (
    ("Which planet is the largest?", ("Mars", "Jupiter", "Venus"), 1),
    ("How many legs has a spider?", ("Six", "Eight", "Ten"), 1),
    ("Which is a prime number?", ("Nine", "Fifteen", "Seven"), 2),
)
router = Router()


class Answer(Action, code="answer"):
    question: int
    choice: int
    points: int


def ask(ctx: Context, number: int, points: int) -> None:
    text, choices, _ = QUESTIONS[number]
    buttons = [Button.to(label, Answer(number, at, points)) for at, label in enumerate(choices)]
    ctx.reply(ctx.t("**Question {number}.** {text}", number=number + 1, text=text), buttons, expects="quiz")


@router.command("start", "quiz")
async def start(ctx: Context) -> None:
    ask(ctx, 0, 0)


@router.action(Answer)
async def answered(ctx: Context, action: Answer) -> None:
    if not 0 <= action.question < len(QUESTIONS):
        return  # data of a button comes back from the network: anybody may have written it
    right = QUESTIONS[action.question][2]
    points = action.points + (action.choice == right)
    ctx.reply("Right!" if action.choice == right else ctx.t("No: {right}.", right=QUESTIONS[action.question][1][right]))
    if action.question + 1 < len(QUESTIONS):
        ask(ctx, action.question + 1, points)
    else:
        ctx.reply(ctx.t("You have {points} of {all} points.", points=points, all=len(QUESTIONS)))


app = App(router, platforms=["console"])
if __name__ == "__main__":
    app.run()
