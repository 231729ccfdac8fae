"""Check-ins: targets, rounds, figures said in a message, difficulties, and what they add up to."""
