"""The desk of officials: who has it open, since when, and which forms were sent."""
