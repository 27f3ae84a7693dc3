"""A live world on a port of this machine: real browsers and real clients log in there.

It needs Starlette and uvicorn, which `pip install 'flowsim[serve]'` brings.
"""
