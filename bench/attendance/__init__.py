"""Check-ins under load and faults: many phones, a bad network, two web workers, PostgreSQL."""
