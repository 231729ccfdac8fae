"""Parts that several adapters share; none of them is an adapter."""
