"""The whole bot in a world that one seed decides: see docs/world.md."""
