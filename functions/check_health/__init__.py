"""``GET`` on the base of ``db``: can images be served?"""
