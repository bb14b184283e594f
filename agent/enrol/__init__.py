"""The agent's certificate of the cloud's own authority: how it is got, and how it is renewed."""
