"""Further accounts on messengers, as officials see them."""
