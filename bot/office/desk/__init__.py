"""The desk: pages on which an official prepares, sees and signs. It is another face of the same features."""
