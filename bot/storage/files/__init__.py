"""Files in an S3-compatible store instead of the data folder, and the way from one to the other."""
