"""Villages whose group takes no bot: what the group would hear is offered to who pastes there, as words to forward."""
