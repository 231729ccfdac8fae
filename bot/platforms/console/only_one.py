"""The terminal is one in an installation, not an account of a vendor."""
