"""Setting up an installation: the questions with what only the composition root knows, and what their answers do."""
