"""Keeping guides true: they are tried again in time, what looks different is told, and new texts need two people."""
