"""Announcements of the commune: written, shown to a second person, frozen for a list of groups, sent, corrected."""
