"""The rejection notes that the PACS sends by C-STORE, handed to the cloud."""
