"""Setting up a commune's installation: the questions, how their answers are read and kept, the files they become."""
