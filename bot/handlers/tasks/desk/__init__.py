"""The pages of tasks: all that are given, a form to give one, and one with its buttons."""
