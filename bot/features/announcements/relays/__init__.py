"""Villages that are told through a person: somebody of the village pastes the announcement into the village's group."""
