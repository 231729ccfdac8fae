"""The messaging framework: durable conversations on every messenger, with buttons and without.

from bot.framework import App, Router

router = Router()

@router.otherwise
async def echo(ctx):
    ctx.reply(ctx.text)

App(router, platforms=["console"]).run()

Nothing is imported here that serves: databases and web servers come when an app runs.
"""

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.events import (
    BotJoined,
    BotLeft,
    Chat,
    Commanded,
    Edited,
    Event,
    FileSent,
    Incoming,
    PhotoSent,
    Pressed,
    Sender,
    TextSent,
    VoiceSent,
)
from bot.core.messages import Attachment, Button, Message, Poll
from bot.core.platform import Budget, Capabilities, ChatGone, RateLimited, Rejected, Sent, Sink, Unreachable, Usage
from bot.core.router import Router
from bot.core.text import Text, msg
from bot.framework.adapter import Adapter
from bot.framework.app import App, AppError, Job

__all__ = [
    "Action",
    "Adapter",
    "App",
    "AppError",
    "Attachment",
    "BotJoined",
    "BotLeft",
    "Budget",
    "Button",
    "Capabilities",
    "Chat",
    "ChatGone",
    "Commanded",
    "Context",
    "Edited",
    "Event",
    "FileSent",
    "Incoming",
    "Job",
    "Message",
    "PhotoSent",
    "Poll",
    "Pressed",
    "RateLimited",
    "Rejected",
    "Router",
    "Sender",
    "Sent",
    "Sink",
    "Text",
    "TextSent",
    "Unreachable",
    "Usage",
    "VoiceSent",
    "msg",
]
