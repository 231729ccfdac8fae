"""Meetings that a village's leader calls: the invitation, the minutes, and what comes of them."""
