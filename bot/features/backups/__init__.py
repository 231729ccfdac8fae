"""Backups that the bot makes by itself: the plan, the making and checking of each, and who hears when one fails."""
