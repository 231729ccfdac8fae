"""An announcement as an article to the followers of the commune's official account on Zalo, posted by a person."""
