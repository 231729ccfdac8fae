"""One-time codes: for a role, for a second messenger, for a group."""

from . import listed, qr
from .codes import has_form_of_code, is_nearly_code, looks_like_code, new_code, normal
from .listed import ListedPerson
from .service import ChannelGrant, Created, Invitation, InviteRefused, Invites, Redeemed

__all__ = [
    "ChannelGrant",
    "Created",
    "Invitation",
    "InviteRefused",
    "Invites",
    "ListedPerson",
    "Redeemed",
    "has_form_of_code",
    "is_nearly_code",
    "listed",
    "looks_like_code",
    "new_code",
    "normal",
    "qr",
]
