"""A province's cluster on one machine: three hosts in network namespaces, faults, and the books at the end."""
