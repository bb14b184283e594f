"""The operator's pages in a real browser, over the whole local stack."""
