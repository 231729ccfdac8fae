"""What a world knows of the core's own books: conversations, and the pace of what leaves and ends."""
