"""The page of further accounts."""
