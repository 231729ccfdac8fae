"""One-time codes: for a role, for a second messenger, for a group."""

from . import listed, qr
from .codes import looks_like_code, new_code, normal
from .listed import Listed
from .service import ChannelGrant, Created, Invitation, Invites, Redeemed, Refused

__all__ = [
    "ChannelGrant",
    "Created",
    "Invitation",
    "Invites",
    "Listed",
    "Redeemed",
    "Refused",
    "listed",
    "looks_like_code",
    "new_code",
    "normal",
    "qr",
]
