"""The host ``vi``, for an agent without a certificate: it shows the code that an operator gave."""
