"""The village loudspeaker: recordings made even in loudness, heard by an official before they go anywhere."""
