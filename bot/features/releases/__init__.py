"""Versions of the program: what is new in each, in the words of officials, and who is told after an upgrade."""
