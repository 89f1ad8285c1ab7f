"""The commands of `inkveil`, by what they are about. Each module lists its own as COMMANDS for cli.py."""
