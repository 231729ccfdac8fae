"""Expressions that cost a start less."""
