"""The first announcement of an installation, written at the machine before anybody has an account."""
