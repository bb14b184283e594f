"""Other sites' DRIMboxes behind one host: good ones, and bad ones of every kind.

nginx stands in front, with a name and a certificate of its own. It demands the certificate of a
listed consumer wherever images are asked for, and leads to the application of this package, which
plays the sites, or on to a real DRIMbox.
"""
