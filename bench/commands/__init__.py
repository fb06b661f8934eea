"""The commands by what they are about: each parses, calls and prints, and imports what it needs when it is called."""
