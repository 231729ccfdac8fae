"""Announcements of the commune: written, approved by a second person, frozen for a list of groups, sent, corrected."""
