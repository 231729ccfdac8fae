"""Check-ins: targets, rounds, figures reported in messages, difficulties, and their sums."""
