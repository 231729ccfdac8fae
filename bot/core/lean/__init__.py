"""Values and expressions that cost a start less."""
