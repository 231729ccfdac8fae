"""The page of loudspeakers."""
