"""The desk: signing in from the chat, the first page, the conversation beside the pages, one's own sessions."""
