"""The name of the file of answers, for a start that only looks whether there is one."""

KEPT = "bat-dau.toml"
