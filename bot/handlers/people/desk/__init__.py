"""Pages of the desk about villages and people: who is where, who has not come, and what is kept of anybody."""
