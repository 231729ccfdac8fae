"""The pages of guides: which need a look, one of them, its editor, and a new text before it is approved."""
