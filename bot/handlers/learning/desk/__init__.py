"""The page of trainings and question banks."""
