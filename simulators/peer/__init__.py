"""Other sites' DRIMboxes, as far as their health check goes (DRIMbox 2.5), in one small server."""
