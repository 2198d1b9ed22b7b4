#version 410 core
// Points as discs as wide as the gaps around them; see package splat.
layout(location=0) in vec3 aAt;
layout(location=1) in vec4 aColourSize; // size index in w
uniform vec3 uEye, uRight, uDown, uForward;
uniform vec3 uClipX, uClipY, uClipMid, uClipHalf; // half < 0: no clip
uniform vec2 uSize;
uniform float uSizeM[256];
uniform float uIndex;             // of all points; < 0: each its own
uniform float uSteepFrom, uSteep; // sizes from the first on bulge so much more
uniform float uFocal, uParallel, uNear, uFar, uHalfFill, uMaxDisc, uPad;
out vec3 vColour;
out float vDepth, vBulge;
void main() {
	vec3 q = aAt - uEye;
	float depth = dot(uForward, q);
	float scale = uParallel > 0.0 ? uFocal : uFocal / depth;
	vec2 at = vec2(dot(uRight, q), dot(uDown, q)) * scale + uSize * 0.5;
	float index = uIndex < 0.0 ? floor(aColourSize.w * 255.0 + 0.5) : uIndex;
	float sizeM = uSizeM[int(index)] * uHalfFill;
	float radius = min(sizeM * scale, uMaxDisc);
	vec3 c = abs(vec3(dot(uClipX, aAt), dot(uClipY, aAt), aAt.z) - uClipMid);
	bool out_ = depth < uNear || depth > uFar || (uClipHalf.x >= 0.0 && any(greaterThan(c, uClipHalf)));
	vColour = aColourSize.rgb;
	vDepth = depth;
	vBulge = radius <= 0.75 ? -1.0 : sizeM * 0.5 * (index >= uSteepFrom ? uSteep : 1.0);
	gl_PointSize = radius <= 0.75 ? 1.0 : 2.0 * radius;
	// The viewport reaches uPad pixels beyond the picture.
	gl_Position = out_ ? vec4(2.0, 2.0, 2.0, 1.0) : vec4((at + uPad) / (uSize + 2.0 * uPad) * 2.0 - 1.0, 0.0, 1.0);
}
