"""Change one line of the bot at a time and see that a test notices: `make mutants`."""
