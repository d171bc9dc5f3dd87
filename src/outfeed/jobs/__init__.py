"""The durable engine, and the sandbox that conversions run in."""
