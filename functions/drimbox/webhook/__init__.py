"""The news of a site's messages, told to an address of the site by signed requests (0086)."""
