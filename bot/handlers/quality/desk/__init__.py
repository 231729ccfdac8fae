"""The pages of quality at the desk of officials."""
