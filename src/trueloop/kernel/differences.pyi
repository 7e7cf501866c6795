"""What differs between versions of asyncio; see differences.pyx."""
