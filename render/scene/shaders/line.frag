#version 410 core
// An antialiased line with a light casing, faint where the cloud lies before it.
in float vDepth;
noperspective in vec2 vAlong;
flat in float vHalf;
flat in vec4 vColour;
flat in vec2 vStyle;
uniform sampler2D uDepth;
uniform float uBias, uUi;
layout(location=0) out vec4 oColour;

// Distance in pixels outside the dash that is nearest along the line; negative
// within it. Styles: 0 solid, 1 long dash and dot, 2 dashes, 3 dots.
float gap(float s) {
	float u = vHalf;
	if (vStyle.x < 0.5) return -1e3;
	if (vStyle.x < 1.5) {
		float m = mod(s, 17.0 * u);
		return min(abs(m - 5.5 * u) - 5.5 * u, min(abs(m - 14.0 * u), abs(m + 3.0 * u)) - 0.8 * u);
	}
	if (vStyle.x < 2.5) return abs(mod(s, 10.0 * u) - 3.0 * u) - 3.0 * u;
	return abs(mod(s, 4.4 * u) - 1.2 * u) - 0.9 * u;
}

void main() {
	float across = abs(vAlong.y) - vHalf, away = gap(vAlong.x);
	float core = clamp(0.5 - across, 0.0, 1.0) * clamp(0.5 - away, 0.0, 1.0);
	float casing = clamp(0.5 - (across - uUi), 0.0, 1.0) * clamp(0.5 - (away - uUi), 0.0, 1.0) * 0.65;
	float scene = texelFetch(uDepth, ivec2(gl_FragCoord.xy), 0).r;
	float seen = 1.0;
	if (scene > 0.0) seen = 1.0 - smoothstep(uBias, 2.0 * uBias, vDepth - scene);
	float alpha = vColour.a * mix(vStyle.y, 1.0, seen);
	vec3 rgb = vColour.rgb * core + vec3(1.0) * casing * (1.0 - core) * seen;
	float cover = core + casing * (1.0 - core) * seen;
	oColour = vec4(rgb, cover) * alpha;
}
