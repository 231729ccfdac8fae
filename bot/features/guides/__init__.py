"""Guides: one Markdown file each, followed step by step."""
