"""Numbers that each process counts of itself, for whoever watches over it."""
