"""The queue of news: tell each message's state to the address of its site."""
