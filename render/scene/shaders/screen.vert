#version 410 core
// Triangles given in pixels of the target, row 0 at the top.
layout(location=0) in vec2 aAt;
uniform vec2 uSize;
void main() { gl_Position = vec4(aAt / uSize * 2.0 - 1.0, 0.0, 1.0); }
