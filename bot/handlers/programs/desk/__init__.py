"""The page on which officials give other programs access, and take it away."""
