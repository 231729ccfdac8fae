"""Other programs: tokens with which they read, and addresses that are told what has happened."""
