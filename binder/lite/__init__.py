"""Builds the part of the site in which the notebooks run: JupyterLite, whose kernel is Python in the reader's own browser."""
