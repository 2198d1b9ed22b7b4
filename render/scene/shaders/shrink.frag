#version 410 core
// The mean of uTimes x uTimes pixels.
uniform sampler2D uColour;
uniform float uTimes;
layout(location=0) out vec4 oColour;
void main() {
	int n = int(uTimes);
	ivec2 p = ivec2(gl_FragCoord.xy) * n;
	vec3 sum = vec3(0.0);
	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++)
			sum += texelFetch(uColour, p + ivec2(x, y), 0).rgb;
	oColour = vec4(sum / float(n * n), 1.0);
}
