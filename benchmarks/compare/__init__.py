"""The library's bot in other frameworks and in ours: how long each is, and what it loses when it is killed."""
