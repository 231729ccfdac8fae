"""Files that somebody sent are opened in a process of their own, with little memory, little time and no network."""
