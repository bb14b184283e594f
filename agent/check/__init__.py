"""``drimbox-agent check``: each thing that the site must provide, tried, and told in words."""
