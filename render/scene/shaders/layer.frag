#version 410 core
// The hot layer of one room. Its density depends on height alone, so that the
// integral along a ray through the box is known in closed form and is exact
// where marching in steps would show bands: with the underside as a smooth step
// of half width uSoft, the integral of 3x^2-2x^3 is x^3 - x^4/2.
uniform sampler2D uDepth;
uniform vec2 uSize;
uniform vec3 uEye, uRight, uDown, uForward;
uniform vec3 uMin, uMax;
uniform vec3 uClipX, uClipY, uClipMid, uClipHalf; // half < 0: no clip
uniform float uFocal, uParallel, uNear, uInterface, uSoft, uUpperSigma, uLowerSigma, uMost;
uniform vec3 uUpper, uLower;
layout(location=0) out vec4 oColour;

float integral(float x) { return x <= 0.0 ? 0.0 : x >= 1.0 ? x - 0.5 : x * x * x * (1.0 - 0.5 * x); }
float density(float x) { x = clamp(x, 0.0, 1.0); return x * x * (3.0 - 2.0 * x); }

void slab(float from, float along, float lo, float hi, inout float a, inout float b) {
	if (abs(along) < 1e-7) {
		if (from < lo || from > hi) b = -1.0;
		return;
	}
	float s = (lo - from) / along, t = (hi - from) / along;
	a = max(a, min(s, t));
	b = min(b, max(s, t));
}

void main() {
	vec2 xy = (gl_FragCoord.xy - uSize * 0.5) / uFocal;
	vec3 across = uRight * xy.x + uDown * xy.y;
	vec3 from = uParallel > 0.0 ? uEye + across : uEye;
	vec3 dir = uParallel > 0.0 ? uForward : uForward + across; // t is the depth
	float a = uNear, b = texelFetch(uDepth, ivec2(gl_FragCoord.xy), 0).r;
	if (b <= 0.0) b = 1e30;
	for (int k = 0; k < 3; k++) slab(from[k], dir[k], uMin[k], uMax[k], a, b);
	if (uClipHalf.x >= 0.0) {
		slab(dot(uClipX, from), dot(uClipX, dir), uClipMid.x - uClipHalf.x, uClipMid.x + uClipHalf.x, a, b);
		slab(dot(uClipY, from), dot(uClipY, dir), uClipMid.y - uClipHalf.y, uClipMid.y + uClipHalf.y, a, b);
	}
	if (b <= a) discard;
	float wide = 2.0 * uSoft, lo = uInterface - uSoft;
	float xa = (from.z + dir.z * a - lo) / wide, xb = (from.z + dir.z * b - lo) / wide;
	float upper = abs(xb - xa) < 1e-4 ? density(0.5 * (xa + xb)) * (b - a)
		: (integral(xb) - integral(xa)) / (xb - xa) * (b - a);
	float len = length(dir), up = uUpperSigma * upper * len, down = uLowerSigma * (b - a - upper) * len;
	float tau = up + down;
	if (tau <= 0.0) discard;
	float alpha = uMost * (1.0 - exp(-tau));
	oColour = vec4((uUpper * up + uLower * down) / tau * alpha, alpha);
}
