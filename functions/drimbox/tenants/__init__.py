"""The tenants: a site's declared facts, and how its file is read."""
