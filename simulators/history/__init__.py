"""A patient's national imaging history, made from a seed: manifests and reports of several sites.

``python -m simulators.history demo --dmp URL --ca ca.pem`` puts one into the simulated DMP. Every
name of a person, a site or a finding is invented.
"""
