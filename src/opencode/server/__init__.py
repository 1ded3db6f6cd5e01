"""FACE: HTTP for programs and browsers. Routes translate and decide nothing."""
