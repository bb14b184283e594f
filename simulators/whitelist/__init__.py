"""The publisher of the national white list, simulated: signed lists, and every kind of wrong one.

``python -m simulators.whitelist --port PORT --pki FOLDER --data FOLDER``

============================== ======================================================
``/liste-blanche.xml``         the list, signed in the style of EU-DSS (XPath Filter 2.0)
``/liste-blanche-enveloped.xml`` the same list, signed in the ``enveloped-signature`` style
``/autorite.crl``              the signer's authority's revocation list, DER
``GET /_sim/state``            the domains, the dates, the kinds of faults
``PUT /_sim/domains``          other domains: the list is signed again
``PUT /_sim/revoked``          the certificates that the authority took back, by serial number
``/_sim/faults``               POST, GET, DELETE: wrong lists and wrong answers, on demand
============================== ======================================================
"""
