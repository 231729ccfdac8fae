"""Say where each byte of an installation comes from: locked versions, their licences, and our own wheel."""
