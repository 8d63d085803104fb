"""`mtkd inspect`: what a student is given, position by position, and what its teachers say."""
