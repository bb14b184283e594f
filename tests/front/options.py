"""A whole command line of a front, for the tests of several modules."""

from __future__ import annotations

from typing import Final

GOOD: Final = (
    *("--certificate", "/front/server.pem", "--key", "/front/server.key"),
    *("--peers-ca", "/front/peers.pem", "--peers-crl", "/front/peers.crl"),
    *("--api", "https://db-api.example.fr/", "--api-ca", "/front/web.pem"),
    *("--signed", "https://images.s3.eu-west-3.amazonaws.com/"),
    *("--resolver", "169.254.169.253", "--home", "/front/home"),
)
