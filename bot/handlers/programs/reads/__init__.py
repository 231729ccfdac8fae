"""The reads of other programs, by subject."""
