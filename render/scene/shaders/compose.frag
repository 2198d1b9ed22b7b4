#version 410 core
// The cloud over the background, with eye-dome lighting: Boucheny, Interactive
// scientific visualization of large datasets, PhD thesis, Grenoble 2009, ch. 5.
// A pixel is darkened by how far its neighbours lie before it, relative to its
// depth, so that the effect is the same at every distance.
uniform sampler2D uColour, uDepth;
uniform vec2 uSize;
uniform float uStrength, uRadius, uUnit; // uUnit: length that counts as the depth in a parallel view; 0 in perspective
uniform float uRings;
uniform vec3 uTop, uBottom;
layout(location=0) out vec4 oColour;

vec4 toward(vec4 d, float depth, float scale, float least) {
	// For the small steps that count, 1 - d/depth stands for log(depth/d).
	vec4 step_ = clamp((depth - d) * scale - least, 0.0, 0.05);
	return mix(step_, vec4(0.0), lessThanEqual(d, vec4(0.0)));
}

float ring(vec2 at, float depth, float scale, float radius, float least) {
	vec2 s = radius / uSize, t = 0.7071 * s;
	vec4 straight = vec4(texture(uDepth, at + vec2(s.x, 0.0)).r, texture(uDepth, at - vec2(s.x, 0.0)).r,
		texture(uDepth, at + vec2(0.0, s.y)).r, texture(uDepth, at - vec2(0.0, s.y)).r);
	vec4 slant = vec4(texture(uDepth, at + t).r, texture(uDepth, at - t).r,
		texture(uDepth, at + vec2(t.x, -t.y)).r, texture(uDepth, at - vec2(t.x, -t.y)).r);
	return dot(toward(straight, depth, scale, least) + toward(slant, depth, scale, least), vec4(1.0));
}

void main() {
	ivec2 p = ivec2(gl_FragCoord.xy);
	float depth = texelFetch(uDepth, p, 0).r;
	if (depth <= 0.0) {
		oColour = vec4(mix(uTop, uBottom, gl_FragCoord.y / uSize.y), 1.0);
		return;
	}
	vec2 at = gl_FragCoord.xy / uSize;
	float scale = 1.0 / (uUnit > 0.0 ? uUnit : depth);
	float sum = ring(at, depth, scale, uRadius, 0.0006);
	if (uRings > 1.5) sum += 0.35 * ring(at, depth, scale, 3.0 * uRadius, 0.0018);
	oColour = vec4(texelFetch(uColour, p, 0).rgb * exp(-uStrength * sum), 1.0);
}
