"""Announcements at the desk: the list, one with its live receipt, the composer, and what is to be done today."""
