"""Reference pages and expectations out of the code: what stands in docs/reference can be tested because it is what the tests read."""
