"""Figures at the desk: the table of villages and indicators, typing and pasting into it, each figure's history."""
