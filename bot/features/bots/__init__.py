"""Further accounts on messengers: bots and official accounts beside those of the settings, kept as rows."""
