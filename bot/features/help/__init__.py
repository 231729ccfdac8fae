"""Help from a person: a request, who is asked in which order, what the clock does when nobody answers."""
