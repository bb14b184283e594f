"""Lambda check_certificates: how the certificates of every structure stand."""
