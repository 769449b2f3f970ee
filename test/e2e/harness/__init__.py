"""A real control plane and a real snaptrail, started and stopped by the tests that need them."""
