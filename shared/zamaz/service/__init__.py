"""The shell that every service wears: hear, advance, beat, delay, stop, and tell how it is doing."""
