"""The table of decision 0044, each cell played: a message that is read, or a PACS that answers."""
