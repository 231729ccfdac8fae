"""The showcase of the villages' products: with consent, looked at by the commune, gone when its owner says so."""
