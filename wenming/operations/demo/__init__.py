"""The demo city: real names of towns and communities, everything else invented, the same for the same seed."""
