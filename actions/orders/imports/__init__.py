"""Order files of shop systems, read line by line."""
