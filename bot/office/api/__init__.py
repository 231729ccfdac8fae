"""The door for other programs at `/api/v1`: tokens, limits, errors, the OpenAPI document. Families bring the reads."""
