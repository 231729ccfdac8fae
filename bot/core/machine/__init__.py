"""The machine under a process: its clocks and its randomness, each through one door.

A part that is given a `Clock` or an id uses that. The others come here, so that a test may put a whole process on a
time and a randomness of its own (tests/world); a test sees to it that nobody goes past these doors.
"""
