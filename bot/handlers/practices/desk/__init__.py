"""The page of good practice."""
