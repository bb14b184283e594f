"""The DMP simulator, from requests made here and not by our client."""
