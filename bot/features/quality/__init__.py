"""Quality beside quantity: how people found what helped them, and whether they can still do it a month later.

Answers are counted and never tied to a person; small numbers are hidden as those of the guides are.
"""
