"""The pages of help: the requests that wait, and one with the person's words and an answer box."""
