"""Risk: what is known of some spreads to those they are tied to; calibrated, per domain, and per community."""
