"""Black spots: found every day, registered by a person, treated, watched and delisted. Rules: rules/black_spots.py."""
