"""All kinds of load at once, for as long as you like; afterwards nothing may be left of it."""
