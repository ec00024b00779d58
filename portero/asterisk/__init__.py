"""Asterisk's FastAGI and AMI: StarPy's interface over pure wire modules."""
