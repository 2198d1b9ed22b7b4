#version 410 core
in vec3 vColour, vClip;
in float vDepth;
uniform vec3 uClipHalf; // < 0: no clip
uniform float uFar;
layout(location=0) out vec4 oColour;
layout(location=1) out float oDepth;
void main() {
	if (uClipHalf.x >= 0.0 && any(greaterThan(abs(vClip), uClipHalf))) discard;
	oColour = vec4(vColour, 1.0);
	oDepth = vDepth;
	gl_FragDepth = vDepth / (uFar * 1.01);
}
