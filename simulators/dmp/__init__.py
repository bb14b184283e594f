"""A DMP good enough to test against: ITI-41, ITI-18 and ITI-57 over mutual TLS, with the VIHF.

Written from the standards alone (IHE ITI TF-2 3.18, 3.41 and 3.57, TF-3 4.2 and 4.3, Appendix V;
SOAP 1.2; WS-Addressing; SAML 2; XMLDSig; IHE DSG; CI-SIS), never from the gateway's own code.

``registry.Registry`` is the whole logic without a socket, ``server`` puts it behind TLS,
``python -m simulators.dmp`` starts it.
"""
