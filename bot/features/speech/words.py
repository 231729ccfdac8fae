"""Conditions for a voice note, and the sentence for each reason why one is not understood."""

from __future__ import annotations

from bot.i18n import msg

MOST_SECONDS = 60
"""A question or a report takes less; a longer one is more than a person can check when it is read back."""
MOST_BYTES = 5_000_000
RATE = 16_000
"""Samples a second that the model was trained with."""

NOT_INSTALLED = msg("Máy của xã chưa nghe được tiếng nói. Bác gõ vài chữ giúp tôi nhé.")
TOO_LONG = msg("Tin thoại dài quá 1 phút nên tôi không nghe hết được. Bác nói lại một câu ngắn giúp tôi.")
TOO_LARGE = msg("Tin thoại lớn quá nên tôi không tải được. Bác nói lại một câu ngắn giúp tôi.")
NO_WORDS = msg("Tôi không nghe ra lời nào trong tin thoại. Bác để máy gần miệng rồi nói lại, hoặc gõ vài chữ giúp tôi.")
NO_SOUND = msg("Tin này không phải tin thoại mà tôi nghe được. Bác giữ nút micrô rồi nói, hoặc gõ vài chữ giúp tôi.")
GONE = msg("Tôi không tải được tin thoại của bác. Bác nói lại, hoặc gõ vài chữ giúp tôi.")
