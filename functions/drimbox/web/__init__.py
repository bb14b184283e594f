"""Web pages: HTML as values, what a browser prefers and may do, the operator's pages."""
