"""Break one adapter at a time, from a list that was written first, and see that its contract notices."""
