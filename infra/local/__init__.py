"""The local runtime: a cloud assembly served on 127.0.0.1, without AWS and without containers.

It reads the assembly folder (``cdk.out``) and nothing else of the project: a resource that is not
in the templates does not exist here.
"""
