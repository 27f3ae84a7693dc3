"""The views: pictures, words and file formats. Each is a function of a trace and computes nothing of its own."""
