"""The pages of difficulties: all of them, and one with its story."""
