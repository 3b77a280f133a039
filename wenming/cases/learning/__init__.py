"""What the city's own history teaches about the type of a problem; a person decides. See text_model.py."""
