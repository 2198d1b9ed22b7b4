#version 410 core
// A translucent ball: thin in the middle, firm at the rim. The rim's dashes and
// the hatching tell the standing, as for lines.
uniform sampler2D uDepth;
uniform vec2 uSize;
uniform float uFocal, uParallel, uUi;
uniform vec4 uBall;   // centre in camera axes, radius
uniform vec3 uColour;
uniform float uStyle;
layout(location=0) out vec4 oColour;
void main() {
	vec2 xy = (gl_FragCoord.xy - uSize * 0.5) / uFocal;
	vec3 from = uParallel > 0.0 ? vec3(xy, 0.0) : vec3(0.0);
	vec3 dir = uParallel > 0.0 ? vec3(0.0, 0.0, 1.0) : vec3(xy, 1.0);
	float len = length(dir);
	vec3 u = dir / len, m = from - uBall.xyz;
	float b = dot(m, u), c = dot(m, m) - uBall.w * uBall.w;
	// Distance of the ray from the centre in radii, for an edge one pixel soft.
	float near = sqrt(max(dot(m, m) - b * b, 0.0)) / uBall.w;
	float pixel = max(fwidth(near), 1e-5);
	if (near > 1.0 + pixel) discard;
	float root = sqrt(max(b * b - c, 0.0));
	float t0 = (-b - root) / len, t1 = (-b + root) / len;
	if (t1 <= 0.0) discard;
	float scene = texelFetch(uDepth, ivec2(gl_FragCoord.xy), 0).r;
	if (scene <= 0.0) scene = 1e30;
	float hidden = scene < t0 ? 1.0 : 0.0;
	float within = scene >= t0 && scene <= t1 ? 1.0 : 0.0;

	vec2 flat_ = vec2(dot(m + u * -b, vec3(1.0, 0.0, 0.0)), dot(m + u * -b, vec3(0.0, 1.0, 0.0)));
	float turn = atan(flat_.y, flat_.x) / 6.2831853 + 0.5;
	float dash = 1.0;
	if (uStyle > 2.5) dash = step(abs(fract(turn * 60.0) - 0.5), 0.2);
	else if (uStyle > 1.5) dash = step(abs(fract(turn * 28.0) - 0.5), 0.31);
	else if (uStyle > 0.5) dash = step(abs(fract(turn * 20.0) - 0.5), 0.36) + step(abs(fract(turn * 20.0 + 0.5) - 0.5), 0.05);
	float rimWide = max(2.2 * uUi * pixel, 0.012);
	float rim = smoothstep(1.0 - rimWide - pixel, 1.0 - rimWide, near) * dash;
	float hatch = 0.0;
	if (uStyle > 1.5) {
		float s = (gl_FragCoord.x + gl_FragCoord.y) / (9.0 * uUi);
		hatch = smoothstep(0.36, 0.42, abs(fract(s) - 0.5)) * (uStyle > 2.5 ? 0.10 : 0.18);
	}
	float body = 0.13 + 0.20 * near * near * near + hatch;
	float alpha = max(body, 0.85 * rim);
	alpha = mix(alpha, min(alpha + 0.10, 1.0), within) * mix(1.0, 0.30, hidden);
	alpha *= clamp((1.0 - near) / pixel + 0.5, 0.0, 1.0);
	oColour = vec4(uColour * alpha, alpha);
}
