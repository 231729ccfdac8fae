"""Pages of the desk about the commune and its bot: settings, health, and the audit log."""
