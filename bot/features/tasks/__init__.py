"""Tasks of a team: given to a named member or open for volunteers, handed over, done, overdue."""
