#version 410 core
// Lines as quads in the picture plane: aAt in pixels, w for interpolation that is
// correct in perspective.
layout(location=0) in vec3 aAt;      // column, row, w
layout(location=1) in vec4 aAlong;   // depth, pixels along the line, pixels across, half width
layout(location=2) in vec4 aColour;
layout(location=3) in vec2 aStyle;   // dash style, opacity of hidden parts
uniform vec2 uSize;
out float vDepth;
noperspective out vec2 vAlong;
flat out float vHalf;
flat out vec4 vColour;
flat out vec2 vStyle;
void main() {
	vDepth = aAlong.x;
	vAlong = aAlong.yz;
	vHalf = aAlong.w;
	vColour = aColour;
	vStyle = aStyle;
	gl_Position = vec4((aAt.xy / uSize * 2.0 - 1.0) * aAt.z, 0.0, aAt.z);
}
