"""Monthly sums of a province as a signed file, and the book of a viewer that reads those of all provinces."""
