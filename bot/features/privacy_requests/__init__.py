"""Requests about personal data that reached an official by word of mouth or on paper, each with its deadline."""
