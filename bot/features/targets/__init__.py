"""The tables of targets; what is done with them stands in `checkins`, which compares figures with them."""
