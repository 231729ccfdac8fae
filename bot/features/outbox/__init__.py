"""Messages to others than the one who is being answered: durable, in order, paced, never repeated unnoticed."""
