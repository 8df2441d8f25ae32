"""The source room: a company's raw tables become the canonical ones, and refused rows go to quarantine."""
