"""The method in torch alone: codes in, codes out; no pandas, no SDV.

Symbols are the papers': ``x`` columns to be generated, ``s`` sensitive, ``y`` target, ``z`` the
latent representation, ``u`` the same latent after transport to a standard Gaussian.
"""
