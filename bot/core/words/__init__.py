"""Words that people type, read for their form: numbers, ordinals, choices."""
