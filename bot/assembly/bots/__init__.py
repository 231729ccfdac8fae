"""Further accounts at work: each adapter under a name of its own, its address, its pace, its sender."""
