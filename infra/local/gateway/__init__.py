"""The REST front: API Gateway's regional REST APIs over TLS, one listener a host."""
