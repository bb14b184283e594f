"""The jobs of the cloud, done at the site."""
