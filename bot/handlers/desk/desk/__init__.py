"""The pages that belong to nobody else: today, the assistant, who has the desk open."""
