"""The views: pictures, transcript and exports. Each is a function of a trace and computes nothing of its own."""
