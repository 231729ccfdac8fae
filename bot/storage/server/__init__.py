"""Used only with a PostgreSQL server."""
