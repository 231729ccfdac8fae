"""The archive of issued papers: what was signed on paper, with number, day and file, for those who may read it."""
