"""Hosts: Excel, Calc, ... thin layers over functions and jobs."""
