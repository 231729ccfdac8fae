"""Lost and found, as a package of its own that a bot finds by its entry point."""
