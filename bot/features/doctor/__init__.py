"""Faults of an installation, found by looking at each part, and how each is mended.

Each module looks at one part and returns diagnoses; `bot.assembly.doctor` puts them together, for the command
`doctor` and for the job whose result officials read in `/trangthai`.
"""
