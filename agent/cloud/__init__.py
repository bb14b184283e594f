"""The way to the cloud: outbound HTTPS alone, through the site's proxy where it has one."""
