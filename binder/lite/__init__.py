"""Builds the part of the site in which the notebooks run: JupyterLite, with Python in the reader's browser."""
