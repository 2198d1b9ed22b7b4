#version 410 core
// Triangles among the points; see package splat.
layout(location=0) in vec3 aAt;
layout(location=1) in vec4 aColour; // shade in w
uniform vec3 uEye, uRight, uDown, uForward;
uniform vec3 uClipX, uClipY, uClipMid;
uniform vec2 uSize;
uniform float uFocal, uParallel, uNear, uFar, uPad;
out vec3 vColour, vClip;
out float vDepth;
void main() {
	vec3 q = aAt - uEye;
	float depth = dot(uForward, q);
	float w = uParallel > 0.0 ? 1.0 : depth;
	vec2 at = vec2(dot(uRight, q), dot(uDown, q)) * uFocal + (uSize * 0.5 + uPad) * w;
	vDepth = depth;
	vColour = aColour.rgb;
	vClip = vec3(dot(uClipX, aAt), dot(uClipY, aAt), aAt.z) - uClipMid;
	gl_Position = vec4(at / (uSize + 2.0 * uPad) * 2.0 - w, (2.0 * (depth - uNear) / (uFar - uNear) - 1.0) * w, w);
}
