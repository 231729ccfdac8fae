"""Targets, rounds, progress and reports at the desk."""
