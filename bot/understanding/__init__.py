"""Meanings of what people say, learned from examples: see docs/understanding.md."""
