"""``GET operations/publications/{id}`` and its ``/export``: one publication, whole."""
