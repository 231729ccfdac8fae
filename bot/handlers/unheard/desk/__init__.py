"""The page of words that were not understood."""
